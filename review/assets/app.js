// Joins the parts: the address, the list of hits, the grid, one hit, keys.

import * as api from '/assets/api.js';
import * as address from '/assets/state.js';
import { el, quote } from '/assets/text.js';
import { Grid } from '/assets/grid.js';
import { help, listen } from '/assets/keys.js';
import { language, t } from '/assets/messages.js';
import { Single } from '/assets/single.js';

const page_size = 60;
const bar = document.getElementById('bar');
const filters = document.getElementById('filters');
const view = document.getElementById('view');
const notice = document.getElementById('notice');
const dialog = document.getElementById('help');

let session = null;
let state = address.read();
let list = { rows: [], next: null, known: false };
let facets = null;
let detail = null;

// ---- messages

let notice_timer = 0;
function say(text, kind = '') {
  clearTimeout(notice_timer);
  notice.className = kind;
  notice.replaceChildren(...[text].flat());
  notice_timer = setTimeout(() => notice.replaceChildren(), kind === 'error' ? 12_000 : 4_000);
}

function complain(error) {
  const reason = error instanceof api.ApiError ? error.message : t('offline');
  say(t('failed', { reason }), 'error');
}

// ---- the list

const act = { open, more: () => enqueue(load_more), command };
const grid = new Grid(act);
const single = new Single(act);

let generation = 0;
async function load_list() {
  const mine = ++generation;
  const page = await api.list(address.query(state.filters, { limit: page_size }));
  if (mine !== generation) {
    return;
  }
  list = { rows: page.hits, next: page.next, known: true };
  while (state.at && list.next && !list.rows.some((hit) => hit.id === state.at)) {
    await fetch_page();
  }
}

async function fetch_page() {
  const mine = generation;
  const page = await api.list(
    address.query(state.filters, { limit: 200, after: list.next }));
  if (mine === generation) {
    const have = new Set(list.rows.map((hit) => hit.id));
    list.rows.push(...page.hits.filter((hit) => !have.has(hit.id)));
    list.next = page.next;
  }
}

async function load_more() {
  if (list.next) {
    await fetch_page();
    grid.append(list, address.is_filtered(state.filters));
    grid.select(state.at);
  }
}

let facets_timer = 0;
function refresh_facets_soon() {
  clearTimeout(facets_timer);
  facets_timer = setTimeout(() => refresh_facets().catch(complain), 120);
}

async function refresh_facets() {
  facets = await api.facets(address.query({ ...state.filters, order: '' }));
  draw_bar();
  draw_filters();
}

function index_of(id) {
  return list.rows.findIndex((hit) => hit.id === id);
}

function replace_row(row) {
  const index = index_of(row.id);
  if (index >= 0) {
    list.rows[index] = row;
  }
  if (!state.hit) {
    grid.update(row);
  }
}

// ---- what stands on the page

function draw_bar() {
  const count = new Map((facets?.states ?? []).map((each) => [each.value, each.count]));
  const total = [...count.values()].reduce((sum, each) => sum + each, 0);
  const tab = (name) => el('button', {
    type: 'button', class: `tab ${name}`,
    'aria-pressed': String(name === 'all' ? state.filters.state.length === 0
      : state.filters.state.includes(name)),
    onclick: () => change({ state: name === 'all' ? [] : [name] }),
  }, t(name), ' ', el('span', { class: 'count' }, String(name === 'all' ? total : count.get(name) ?? 0)));
  const order = el('select', { 'aria-label': t('order'), onchange: (event) =>
    change({ order: event.target.value }) },
    ['score', 'newest_post', 'newest_found'].map((name) => el('option', {
      value: name, selected: (state.filters.order || 'score') === name,
    }, t(`order_${name}`))));
  if (!bar.querySelector('.search')) {
    bar.replaceChildren(
      el('span', { class: 'brand' }, 'chiptrail'),
      el('div', { class: 'tabs', role: 'group' }),
      el('input', { type: 'search', class: 'search', placeholder: t('search'),
        'aria-label': t('search'), maxlength: '60', value: state.filters.q,
        oninput: (event) => search_soon(event.target.value) }),
      el('div', { class: 'order' }),
      el('span', { class: 'who' }, t('reviewer', { name: session?.reviewer ?? '' })),
      el('button', { type: 'button', class: 'round', 'aria-label': t('help'), title: t('help'),
        onclick: () => command('help') }, '?'));
  }
  bar.querySelector('.tabs').replaceChildren(
    ...['undecided', 'confirmed', 'rejected', 'unsure', 'all'].map(tab));
  bar.querySelector('.order').replaceChildren(order);
}

let search_timer = 0;
function search_soon(text) {
  clearTimeout(search_timer);
  search_timer = setTimeout(() => change({ q: text.trim() }, 'replace'), 250);
}

function choices(name, heading, values) {
  const chosen = new Set(state.filters[name]);
  const shown = values.concat([...chosen]
    .filter((value) => !values.some((each) => each.value === value))
    .map((value) => ({ value, count: 0 })));
  if (shown.length === 0) {
    return null;
  }
  const toggle = (value) => {
    const next = new Set(chosen);
    if (!next.delete(value)) {
      next.add(value);
    }
    change({ [name]: [...next] });
  };
  return el('fieldset', {}, el('legend', {}, t(heading)),
    shown.map(({ value, count }) => el('label', {},
      el('input', { type: 'checkbox', checked: chosen.has(value), onchange: () => toggle(value) }),
      el('span', { class: 'name' }, quote(value)),
      el('span', { class: 'count' }, String(count)))));
}

function draw_filters() {
  const focus = document.activeElement;
  if (focus instanceof HTMLInputElement && focus.type === 'range' && filters.contains(focus)) {
    return;  // Being dragged.
  }
  const floor = Number(state.filters.min_score || 0);
  const label = el('output', {}, t('score_from', { value: floor.toFixed(2) }));
  filters.replaceChildren(...[
    el('fieldset', {}, label, el('input', {
      type: 'range', min: '0', max: '1', step: '0.05', value: String(floor), 'aria-label': t('score_from', { value: '' }),
      oninput: (event) => {
        label.textContent = t('score_from', { value: Number(event.target.value).toFixed(2) });
      },
      onchange: (event) => {
        event.target.blur();
        change({ min_score: Number(event.target.value) > 0 ? event.target.value : '' });
      },
    })),
    choices('brand', 'brands', facets?.brands ?? []),
    choices('model', 'models', facets?.models ?? []),
    choices('source', 'sources', facets?.sources ?? []),
    address.is_filtered(state.filters) ? el('button', { type: 'button', class: 'clear',
      onclick: () => change(address.cleared(state.filters)) }, t('clear')) : null,
  ].filter(Boolean));
}

async function show() {
  document.body.classList.toggle('one', Boolean(state.hit));
  if (!state.hit) {
    detail = null;
    if (grid.node.parentNode !== view) {
      view.replaceChildren(grid.node);
    }
    if (!list.known) {
      await load_list();
    }
    grid.show(list, state.at, address.is_filtered(state.filters));
    document.title = t('title');
    return;
  }
  const wanted = state.hit;
  const hit = await api.hit(wanted);
  if (state.hit !== wanted) {
    return;
  }
  detail = hit;
  if (single.node.parentNode !== view) {
    view.replaceChildren(single.node);
  }
  single.show(hit, position(), state.filters.q);
  document.title = `${hit.title || hit.id} - ${t('title')}`;
  if (!list.known) {
    state.at = wanted;
    await load_list();
    single.where(position());
  }
  prefetch();
}

function position() {
  return { index: index_of(state.hit) + 1, total: Math.max(shown_total(), list.rows.length) };
}

function shown_total() {
  const wanted = new Set(state.filters.state);
  return (facets?.states ?? []).filter((each) => wanted.size === 0 || wanted.has(each.value))
    .reduce((sum, each) => sum + each.count, 0);
}

function prefetch() {
  const next = list.rows[index_of(state.hit) + 1];
  if (next) {
    new Image().src = api.photo(next.image.sha256, 1600);
  }
}

// ---- what the analyst does, one after the other however fast the keys come

let queue = Promise.resolve();
function enqueue(work) {
  queue = queue.then(work).catch(complain);
  return queue;
}

function change(what, how = 'push') {
  return enqueue(async () => {
    state = { ...state, filters: { ...state.filters, ...what }, hit: null, at: null };
    list = { rows: [], next: null, known: false };
    address.write(state, how);
    view.scrollTop = 0;
    await Promise.all([refresh_facets(), show()]);
  });
}

function open(id) {
  return enqueue(async () => {
    const how = state.hit ? 'replace' : 'push';
    if (!state.hit) {
      // Back from the photo, the grid stands where it stood.
      state.at = id;
      address.write(state, 'replace');
    }
    state = { ...state, hit: id, at: id };
    address.write(state, how);
    await show();
  });
}

async function go_to(id) {
  state.at = id;
  if (state.hit) {
    state.hit = id;
    address.write(state, 'replace');
    await show();
  } else {
    address.write(state, 'replace');
    grid.select(id);
  }
}

async function move(steps) {
  const from = index_of(state.hit ?? state.at);
  let to = from + steps;
  if (to >= list.rows.length && list.next) {
    await fetch_page();
    if (!state.hit) {
      grid.append(list, address.is_filtered(state.filters));
    }
  }
  if (to < 0 || to >= list.rows.length) {
    say(t(to < 0 ? 'start' : 'end'));
    return false;
  }
  await go_to(list.rows[to].id);
  return true;
}

const said = { confirm: 'confirmed', reject: 'rejected', unsure: 'unsure' };

async function decide(verdict) {
  const id = state.hit ?? state.at;
  if (!id) {
    return;
  }
  const row = await api.decide(id, verdict);
  replace_row(row);
  refresh_facets_soon();
  const moved = await move(1);
  if (!moved && state.hit) {
    await show();
  }
  say([t('saved', { title: '\u0000', verdict: t(said[verdict]), key: 'Z' }).split('\u0000')]
    .flatMap(([before, after]) => [before, quote(row.title), after, moved ? '' : ` ${t('end')}`]));
}

async function undo() {
  const row = await api.undoLast();
  replace_row(row);
  refresh_facets_soon();
  if (!state.hit && index_of(row.id) < 0) {
    state.hit = row.id;
  }
  await go_to(row.id);
  const [before, after] = t('undone', { title: '\u0000' }).split('\u0000');
  say([before, quote(row.title), after]);
}

async function back_to_grid() {
  state.at = state.hit;
  state.hit = null;
  address.write(state, 'push');
  await show();
}

const in_both = {
  confirm: () => enqueue(() => decide('confirm')),
  reject: () => enqueue(() => decide('reject')),
  unsure: () => enqueue(() => decide('unsure')),
  undo: () => enqueue(undo),
  skip: () => enqueue(() => move(1)),
  next: () => enqueue(() => move(1)),
  previous: () => enqueue(() => move(-1)),
  search: () => bar.querySelector('.search').focus(),
  help: () => (dialog.open ? dialog.close() : dialog.showModal()),
};
const in_grid = {
  down: () => enqueue(() => move(grid.columns())),
  up: () => enqueue(() => move(-grid.columns())),
  open: () => (state.at ? open(state.at) : undefined),
};
const in_single = {
  grid: () => enqueue(back_to_grid),
  zoom_in: () => single.stage.zoom(1.5),
  zoom_out: () => single.stage.zoom(1 / 1.5),
  fit: () => single.stage.fit(),
  finding: () => single.look(),
  boxes: () => single.stage.toggle_boxes(),
};

/** False when the command means nothing here. */
function command(name) {
  if (dialog.open) {
    if (name === 'help') {
      dialog.close();
    }
    return name === 'help';
  }
  const work = in_both[name] ?? (state.hit ? in_single[name] : in_grid[name]);
  if (!work) {
    return false;
  }
  work();
  return true;
}

addEventListener('popstate', () => enqueue(async () => {
  const before = JSON.stringify(state.filters);
  state = address.read();
  if (JSON.stringify(state.filters) !== before) {
    list = { rows: [], next: null, known: false };
    bar.querySelector('.search').value = state.filters.q;
    await refresh_facets();
  }
  await show();
}));

document.documentElement.lang = language;
help(dialog);
listen(command);
enqueue(async () => {
  session = await api.open();
  await Promise.all([refresh_facets(), show()]);
  if (state.hit) {
    single.where(position());
  }
  document.body.classList.add('ready');
});
