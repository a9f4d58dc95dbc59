// Strangers' text on the page. It is only ever put into text nodes, never parsed as markup, and
// characters that would reorder or hide other characters are shown by their number.

/** el('p', { class: 'x', onclick: f }, 'text', node, …) */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// Direction marks and overrides, zero-width and other invisible characters, controls.
const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u202A-\u202E\u2028\u2029\u2060-\u2069\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]|\uDB40[\uDC00-\uDFFF]/g;

function shown(character) {
  const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
  return el('span', { class: 'unseen', title: `U+${code}` }, `U+${code}`);
}

function plain(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(unseen)) {
    nodes.push(document.createTextNode(text.slice(from, found.index)), shown(found[0]));
    from = found.index + found[0].length;
  }
  nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

function pattern(terms) {
  const useful = [...new Set(terms.map((term) => term.trim()).filter((term) => term.length > 1))];
  useful.sort((a, b) => b.length - a.length);
  const escaped = useful.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return escaped.length ? new RegExp(escaped.join('|'), 'giu') : null;
}

/** Nodes for `text`; `terms` are marked where they occur. */
export function inert(text, terms = []) {
  const value = String(text ?? '');
  const wanted = pattern(terms);
  if (!wanted) {
    return plain(value);
  }
  const nodes = [];
  let from = 0;
  for (const found of value.matchAll(wanted)) {
    nodes.push(...plain(value.slice(from, found.index)), el('mark', {}, plain(found[0])));
    from = found.index + found[0].length;
  }
  nodes.push(...plain(value.slice(from)));
  return nodes;
}

/** A run of strangers' text that cannot change the direction of what stands around it. */
export function quote(text, terms = []) {
  return el('bdi', { dir: 'auto' }, inert(text, terms));
}

/** "2026-11-23 10:15 UTC" */
export function time(text) {
  if (!text) {
    return '';
  }
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(text);
  return found ? `${found[1]} ${found[2]} UTC` : text;
}

export function score(value) {
  return value.toFixed(2);
}

export function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
