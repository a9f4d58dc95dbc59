// The flagged photos side by side.

import * as api from '/assets/api.js';
import { el, quote, score } from '/assets/text.js';
import { t } from '/assets/messages.js';

const most_chips = 3;
const verdict_sign = { confirmed: '✓', rejected: '✕', unsure: '?', undecided: '' };

function picture(hit) {
  const image = el('img', {
    alt: '', loading: 'lazy', decoding: 'async', src: api.photo(hit.image.sha256, 320),
  });
  const frame = el('div', { class: 'thumb' }, image);
  image.addEventListener('error', () => {
    image.remove();
    frame.append(el('p', { class: 'broken' }, t('cannot_show', { reason: hit.image.problem })));
  });
  return frame;
}

function card(hit, act) {
  const names = hit.brands.concat(hit.models);
  const chips = names.slice(0, most_chips).map((name) => el('span', { class: 'chip' }, quote(name)));
  if (names.length > most_chips) {
    chips.push(el('span', { class: 'chip more' }, `+${names.length - most_chips}`));
  }
  return el('button', {
    type: 'button', class: `card ${hit.state}`, 'data-id': hit.id, title: '',
    onclick: () => act.open(hit.id),
  },
    picture(hit),
    el('span', { class: 'sign', 'aria-label': t(hit.state) }, verdict_sign[hit.state]),
    el('span', { class: 'score' }, score(hit.score)),
    el('div', { class: 'caption' },
      el('div', { class: 'chips' }, chips),
      el('div', { class: 'name' }, quote(hit.title)),
      el('div', { class: 'meta' }, quote(hit.source), hit.price.raw ? ' · ' : '',
        quote(hit.price.raw))));
}

export class Grid {
  constructor(act) {
    this.act = act;
    this.cards = el('div', { class: 'cards' });
    this.foot = el('div', { class: 'foot' });
    this.node = el('section', { class: 'grid' }, this.cards, this.foot);
    this.shown = [];
    this.watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        this.act.more();
      }
    }, { rootMargin: '600px' });
  }

  show(list, selected, filtered) {
    this.shown = list.rows.map((hit) => hit.id);
    this.cards.replaceChildren(...list.rows.map((hit) => card(hit, this.act)));
    this.finish(list, filtered);
    this.select(selected);
  }

  append(list, filtered) {
    for (const hit of list.rows.slice(this.shown.length)) {
      this.shown.push(hit.id);
      this.cards.append(card(hit, this.act));
    }
    this.finish(list, filtered);
  }

  finish(list, filtered) {
    this.watcher.disconnect();
    this.foot.replaceChildren();
    if (list.next) {
      const more = el('button', { type: 'button', onclick: () => this.act.more() }, t('more'));
      this.foot.append(more);
      this.watcher.observe(more);
    } else if (list.rows.length === 0) {
      this.foot.append(el('p', { class: 'empty' }, t(filtered ? 'nothing' : 'nothing_yet')));
    }
  }

  update(hit) {
    const old = this.cards.querySelector(`[data-id="${hit.id}"]`);
    if (old) {
      const fresh = card(hit, this.act);
      fresh.classList.toggle('selected', old.classList.contains('selected'));
      old.replaceWith(fresh);
    }
  }

  select(id) {
    for (const each of this.cards.querySelectorAll('.selected')) {
      each.classList.remove('selected');
    }
    const chosen = id && this.cards.querySelector(`[data-id="${id}"]`);
    if (chosen) {
      chosen.classList.add('selected');
      chosen.scrollIntoView({ block: 'nearest' });
    }
  }

  columns() {
    const tops = [...this.cards.children].map((each) => each.offsetTop);
    const second = tops.findIndex((top) => top > tops[0]);
    return second < 0 ? Math.max(1, tops.length) : second;
  }
}
