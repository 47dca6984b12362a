const KEPT = 25;

/** @typedef {import('sojourn').Outcome | 'untouched' | 'nothing' | 'running' | 'left'} Outcome */
/**
 * @typedef {object} Entry
 * @property {number} at
 * @property {string} request
 * @property {number} [status]
 * @property {import('sojourn').Session} session looked at only once the response is over, or
 * nothing would be untouched
 * @property {string | undefined} id
 * @property {Outcome} outcome
 * @property {string | undefined} [cookie]
 */

/** @type {Entry[]} */
const entries = [];

/**
 * Why there was a cookie, or none, for each way a request can end.
 * @type {Readonly<Record<Outcome, string>>}
 */
export const REASONS = {
  untouched: 'The page did not look at the session. No cookie, and no Vary header.',
  nothing:
    'The page looked, but nobody wrote. An empty session is not stored, so there is no cookie to give.',
  unchanged: 'The page only read. Nothing to store, and the browser has its cookie already.',
  touched:
    'Nothing changed, but the last use was over a minute ago: the deadline moved. The token is the same, so no cookie.',
  created:
    'The first write of a new session (after a logout: the message). It was stored, and the browser got its token.',
  updated:
    'Data changed, or a message was shown and is gone. The token is the same, so no cookie is needed.',
  regenerated:
    'A login. The data moved to a new token and the old one is dead, so the cookie was replaced.',
  destroyed: 'The session was ended, so the cookie was taken back.',
  gone: 'Another request had ended the session meanwhile. Nothing was stored, and no cookie that could bring it back.',
  running: 'It is being answered.',
  left: 'The browser did not wait for the answer.',
  refused:
    'The browser would not have kept the cookie, so nothing was stored. The console says why.',
};

/** The latest requests and how they ended, newest first. */
export function latestResponses() {
  return entries;
}

/**
 * Notes each request, and how it ended.
 * @type {import('express').RequestHandler}
 */
export const logResponses = (request, response, next) => {
  const { session, method, path } = request;
  /** @type {Entry} */
  const entry = {
    at: Date.now(),
    request: `${method} ${path}`,
    session,
    id: undefined,
    outcome: 'running',
  };
  entries.unshift(entry);
  entries.splice(KEPT);
  response.on('close', () => {
    entry.status = response.statusCode;
    entry.id = idOf(session);
    entry.outcome = response.writableFinished ? outcomeOf(session, response) : 'left';
    entry.cookie = withoutToken(response.getHeader('set-cookie'));
  });
  next();
};

/** @param {import('sojourn').Session} session */
function idOf(session) {
  return session.isNew ? undefined : session.id;
}

/**
 * @param {import('sojourn').Session} session
 * @param {import('express').Response} response
 * @returns {Outcome}
 */
function outcomeOf(session, response) {
  if (session.outcome !== 'unchanged') return session.outcome;
  if (response.getHeader('vary') === undefined) return 'untouched';
  return session.isNew ? 'nothing' : 'unchanged';
}

/** @param {number | string | readonly string[] | undefined} header */
function withoutToken(header) {
  return header === undefined ? undefined : String(header).replace(/=[^;]*/, '=…');
}
