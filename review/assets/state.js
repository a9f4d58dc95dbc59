// What the address says: filters, order, the hit that is open or selected. A reload, a bookmark
// or a link to a colleague brings the same view.

const lists = ['brand', 'model', 'source', 'state'];
const singles = ['min_score', 'q', 'order'];

export function read(address = location) {
  const query = new URLSearchParams(address.search);
  const filters = {};
  for (const name of lists) {
    filters[name] = query.getAll(name);
  }
  for (const name of singles) {
    filters[name] = query.get(name) ?? '';
  }
  const open = /^\/hit\/([0-9a-f]{16})$/.exec(address.pathname);
  const at = /^[0-9a-f]{16}$/.exec(query.get('at') ?? '');
  return { filters, hit: open?.[1] ?? null, at: at?.[0] ?? null, lang: query.get('lang') };
}

/** The filters as the server wants them. */
export function query(filters, more = {}) {
  const result = new URLSearchParams();
  for (const name of lists) {
    for (const value of filters[name]) {
      result.append(name, value);
    }
  }
  for (const name of singles) {
    if (filters[name]) {
      result.set(name, filters[name]);
    }
  }
  for (const [name, value] of Object.entries(more)) {
    if (value) {
      result.set(name, value);
    }
  }
  return result;
}

export function write(state, how) {
  const search = query(state.filters, {
    at: state.hit ? null : state.at,
    lang: state.lang,
  }).toString();
  const path = state.hit ? `/hit/${state.hit}` : '/';
  const address = search ? `${path}?${search}` : path;
  if (how === 'push') {
    history.pushState(null, '', address);
  } else {
    history.replaceState(null, '', address);
  }
}

export function is_filtered(filters) {
  return lists.some((name) => filters[name].length > 0) ||
    Boolean(filters.q) || Boolean(filters.min_score);
}

export function cleared(filters) {
  return { brand: [], model: [], source: [], state: [], min_score: '', q: '', order: filters.order };
}
