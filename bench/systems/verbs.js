/**
 * What the actions do with the session of one system.
 * @template [Session=any]
 * @typedef {object} Verbs
 * @property {(session: Session, data: Record<string, unknown>) => unknown} start fills a new
 * session
 * @property {(session: Session) => unknown} read reads one key
 * @property {(session: Session) => unknown} write counts one key up
 */

/** @type {Verbs} For systems whose session is an object with the data as properties. */
export const plainVerbs = {
  start: (session, data) => void Object.assign(session, data),
  read: (session) => session.views,
  write: (session) => {
    session.views++;
  },
};

/** @type {Verbs<import('../../dist/index.js').Session>} */
export const sojournVerbs = {
  start: (session, data) => {
    for (const [key, value] of Object.entries(data)) session.set(key, value);
  },
  read: (session) => session.get('views'),
  write: (session) => session.increment('views'),
};

/** @type {Verbs} For a server without sessions. */
export const noVerbs = { start: () => undefined, read: () => undefined, write: () => undefined };

/** @type {Verbs} For sessions with `get` and `set`. */
export const getSetVerbs = {
  start: (session, data) => {
    for (const [key, value] of Object.entries(data)) session.set(key, value);
  },
  read: (session) => session.get('views'),
  write: (session) => session.set('views', session.get('views') + 1),
};

/** @type {Verbs} For the session of h3, which seals its cookie at each change. */
export const h3Verbs = {
  start: (session, data) => session.update(data),
  read: (session) => session.data.views,
  write: (session) => session.update({ views: session.data.views + 1 }),
};
