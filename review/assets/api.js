// Talks to the server; docs/review-api.md describes the routes.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let session = null;

async function answer(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    throw new ApiError(response.status, `HTTP ${response.status}`);
  }
  if (!response.ok) {
    throw new ApiError(response.status, body?.error?.message ?? `HTTP ${response.status}`);
  }
  return body;
}

async function get(path) {
  return answer(await fetch(path, { cache: 'no-store' }));
}

async function post(path, body) {
  const send = () => fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Chiptrail-Token': session.token },
    body: JSON.stringify(body),
  });
  let response = await send();
  if (response.status === 403) {
    // The server was started anew since the page was loaded: its token is another one.
    session = await get('/api/session');
    response = await send();
  }
  return answer(response);
}

export async function open() {
  session = await get('/api/session');
  return session;
}

export const list = (query) => get(`/api/hits?${query}`);
export const facets = (query) => get(`/api/facets?${query}`);
export const hit = (id) => get(`/api/hits/${encodeURIComponent(id)}`);
export const decide = (id, verdict, note) =>
  post(`/api/hits/${encodeURIComponent(id)}/decision`, note ? { verdict, note } : { verdict });
export const undoLast = () => post('/api/undo', {});
export const photo = (sha256, side) => `/api/photos/${sha256}/view?side=${side}`;
export const place = (finding) => `/api/findings/${encodeURIComponent(finding)}/place`;
export const reference = (finding) => `/api/findings/${encodeURIComponent(finding)}/reference`;
export const original = (sha256) => `/api/photos/${sha256}/original`;
export const page = (fetchId) => `/api/pages/${fetchId}`;
