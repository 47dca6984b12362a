import { createServer } from 'node:http';

/**
 * What a system lets the application of the probes do with the session of a request. A verb that
 * the system does not have is left out.
 * @typedef {object} View
 * @property {() => unknown} user Who is logged in; `undefined` for nobody.
 * @property {() => Record<string, unknown>} [data]
 * @property {(key: string, value: string) => unknown} [set]
 * @property {(user: string) => unknown} login As the system's documentation shows.
 * @property {() => unknown} logout
 * @property {(user: string) => unknown} [endUser] Ends all sessions of a user.
 * @property {(user: string) => Promise<number>} [devices] How many sessions a user has.
 */

/**
 * A running system.
 * @typedef {object} Running
 * @property {string} origin
 * @property {() => Promise<string>} [kept] All that its store keeps, as one text.
 * @property {() => Promise<void>} close
 */

/**
 * Deadlines in milliseconds; a system that cannot be told one of them leaves it out.
 * @typedef {{ idle: number, lifetime: number }} Deadlines
 */

/** @typedef {(deadlines: Deadlines | undefined) => Promise<Running>} Start */

const waiting = new Map();

/**
 * Waits until {@link open} is called with the same name. @param {string} name
 */
function gate(name) {
  return new Promise((resolve) => waiting.set(name, resolve));
}

/** Whether a request waits there. @param {string} name */
export function isWaiting(name) {
  return waiting.has(name);
}

/** @param {string} name */
export function open(name) {
  waiting.get(name)?.();
  waiting.delete(name);
}

/**
 * One path for each thing to do. `gate` lets a request wait after it opened its session.
 * @param {string} url
 * @param {View} view
 * @returns {Promise<{ status: number, body: unknown }>}
 */
export async function answer(url, view) {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const text = (/** @type {string} */ name) => searchParams.get(name) ?? '';
  if (searchParams.has('gate')) await gate(text('gate'));
  const missing = { status: 501, body: {} };
  if (pathname === '/show')
    return { status: 200, body: { user: (await view.user()) ?? null, data: view.data?.() ?? {} } };
  if (pathname === '/devices') {
    if (view.devices === undefined) return missing;
    return { status: 200, body: { count: await view.devices(text('user')) } };
  }
  const verb = {
    '/set': view.set && (() => view.set?.(text('key'), text('value'))),
    '/login': () => view.login(text('user')),
    '/logout': () => view.logout(),
    '/end-user': view.endUser && (() => view.endUser?.(text('user'))),
  }[pathname];
  if (verb === undefined) return missing;
  await verb();
  return { status: 200, body: {} };
}

/**
 * @param {import('node:http').RequestListener} listener
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function listen(listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
