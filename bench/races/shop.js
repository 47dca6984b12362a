/**
 * What a system lets a handler do with the session of a request. All may return a promise.
 * @typedef {object} View
 * @property {() => Record<string, unknown> | Promise<Record<string, unknown>>} data
 * @property {() => unknown} user Who is logged in.
 * @property {(key: string) => unknown} set Sets the key to 1.
 * @property {(key: string) => unknown} increment
 * @property {(user: string) => unknown} login A new token for the same data, where the system has
 * that.
 * @property {() => unknown} logout
 * @property {() => unknown} [regenerate] A new token for the same data and user.
 * @property {(user: string) => unknown} [destroyUser] Ends all sessions of a user.
 * @property {() => unknown} [endOthers] Ends all other sessions of this session's user.
 * @property {() => string} [id]
 * @property {(id: string, key: string) => unknown} [change] Adds 1 to the key of another session.
 */

/**
 * The handler of every system: one path for each thing to do. With `gate` it waits, its session
 * opened, until that gate opens, so that all who wait there overlap for certain.
 * @param {string} url
 * @param {View} view
 * @param {(gate: string) => Promise<void>} pass
 */
export async function serve(url, view, pass) {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const gate = searchParams.get('gate');
  const key = searchParams.get('key') ?? '';
  if (gate !== null) await pass(gate);
  const verb = {
    '/regenerate': () => view.regenerate?.(),
    '/destroy-user': () => view.destroyUser?.(key),
    '/end-others': () => view.endOthers?.(),
    '/change': () => view.change?.(searchParams.get('id') ?? '', key),
  }[pathname];
  if (verb !== undefined) await verb();
  else if (pathname === '/set') await view.set(key);
  else if (pathname === '/increment') await view.increment(key);
  else if (pathname === '/login') await view.login(key);
  else if (pathname === '/logout') await view.logout();
  else if (pathname === '/id') return { id: view.id?.() };
  else if (pathname === '/show')
    return { user: (await view.user()) ?? null, data: await view.data() };
  else throw new Error(`There is nothing at ${pathname}.`);
  return {};
}
