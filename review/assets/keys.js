// One table says which key does what; the help overlay is made from it.

import { el } from '/assets/text.js';
import { t } from '/assets/messages.js';

export const keys = [
  { command: 'confirm', keys: ['c'] },
  { command: 'reject', keys: ['r'] },
  { command: 'unsure', keys: ['u'] },
  { command: 'skip', keys: ['s', ' '], shown: ['s', 'Space'] },
  { command: 'undo', keys: ['z'], shown: ['z', 'Ctrl Z'] },
  { command: 'next', keys: ['j', 'ArrowRight'], shown: ['j', '→'] },
  { command: 'previous', keys: ['k', 'ArrowLeft'], shown: ['k', '←'] },
  { command: 'down', keys: ['ArrowDown'], shown: ['↓'] },
  { command: 'up', keys: ['ArrowUp'], shown: ['↑'] },
  { command: 'open', keys: ['Enter'], shown: ['Enter'] },
  { command: 'grid', keys: ['g', 'Escape'], shown: ['g', 'Esc'] },
  { command: 'zoom_in', keys: ['+', '='], shown: ['+'] },
  { command: 'zoom_out', keys: ['-'] },
  { command: 'fit', keys: ['0'] },
  { command: 'finding', keys: ['f'] },
  { command: 'boxes', keys: ['b'] },
  { command: 'search', keys: ['/'] },
  { command: 'help', keys: ['?'] },
];

const by_key = new Map(keys.flatMap((row) => row.keys.map((key) => [key, row.command])));

function is_typing(target) {
  return target instanceof HTMLElement &&
    (target.matches('input:not([type=checkbox]):not([type=range]), textarea, select') ||
      target.isContentEditable);
}

/** Calls `act(command)`, which says whether it took the key. */
export function listen(act) {
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || event.metaKey) {
      return;
    }
    if (is_typing(event.target)) {
      if (event.key === 'Escape') {
        event.target.blur();
      }
      return;
    }
    if (event.ctrlKey) {
      if (event.key === 'z' && act('undo')) {
        event.preventDefault();
      }
      return;
    }
    // Enter and Space belong to a button or a link that has the focus.
    const own = (event.key === 'Enter' || event.key === ' ') &&
      event.target.closest?.('button, a, summary, input');
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const command = by_key.get(key);
    if (!own && command && act(command)) {
      event.preventDefault();
    }
  });
}

export function help(dialog) {
  const rows = keys.map((row) => el('tr', {},
    el('td', {}, (row.shown ?? row.keys).flatMap((key) => [el('kbd', {}, key), ' '])),
    el('td', {}, t(`key_${row.command}`))));
  dialog.replaceChildren(
    el('h2', {}, t('help')),
    el('table', {}, el('tbody', {}, rows)),
    el('button', { type: 'button', onclick: () => dialog.close() }, t('help_close')));
}
