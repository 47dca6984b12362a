/**
 * What the handler of the races does with a session of Sojourn.
 * @param {import('../../dist/index.js').Sessions} sessions
 * @param {import('../../dist/index.js').Session} session
 * @returns {import('./shop.js').View}
 */
export function viewOf(sessions, session) {
  return {
    data: () => session.all(),
    user: () => session.userId,
    set: (key) => session.set(key, 1),
    increment: (key) => session.increment(key),
    login: (user) => session.login(user),
    logout: () => session.logout(),
    regenerate: () => session.regenerate(),
    destroyUser: (user) => sessions.destroyUser(user),
    endOthers: () => sessions.destroyUser(session.userId ?? '', { except: session.handle }),
    id: () => session.id,
    change: (id, key) => sessions.change(id, (other) => other.increment(key)),
  };
}
