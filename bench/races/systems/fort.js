import fortjs from 'fortjs';
import { createTold } from '../told.js';

const { Controller, Fort, jsonResult, Wall, worker } = fortjs;

/** Its routes are of the form /controller/worker. */
const CONTROLLER = '/shop';
const WORKERS = ['set', 'increment', 'login', 'regenerate', 'logout', 'show'];

/** @type {import('../systems.js').Start} */
export async function start({ system, answer }) {
  const told = createTold();
  class ShopController extends Controller {}
  for (const name of WORKERS) {
    Object.assign(ShopController.prototype, {
      /** @this {import('fortjs').Controller} */
      async [name]() {
        return jsonResult(
          await answer(String(this.request.url).slice(CONTROLLER.length), viewOf(this)),
        );
      },
    });
    worker()(ShopController.prototype, name, {});
  }
  /** @type {ViewOf} */
  let viewOf = viewOfOriginal;
  Fort.port = 0;
  Fort.routes = /** @type {any} */ ([{ controller: ShopController, path: CONTROLLER }]);
  if (system === 'sojourn/fort') {
    const { fortSession, fortSessions, sessionWall } = await import(
      '../../../dist/dialects/fort.js'
    );
    const { sessions, openedFor } = rememberOpened(fortSessions());
    Fort.walls = /** @type {any} */ ([sessionWall(/** @type {any} */ (Wall), sessions)]);
    viewOf = (component) =>
      told.watch(
        openedFor(component.request.headers),
        withVerbs(viewOfOriginal(component), fortSession(component)),
      );
  }
  await Fort.create();
  return {
    listener(request, response) {
      request.url = CONTROLLER + request.url;
      Fort.httpServer.emit('request', request, response);
    },
    gone: told.gone,
  };
}

/** @typedef {(component: import('fortjs').Controller) => import('../shop.js').View} ViewOf */

/** @type {ViewOf} */
function viewOfOriginal({ session }) {
  return {
    data: () => session.getAll(),
    user: () => session.get('user'),
    set: (key) => session.set(key, 1),
    increment: async (key) => session.set(key, ((await session.get(key)) ?? 0) + 1),
    login: (user) => session.set('user', user),
    logout: () => session.clear(),
  };
}

/**
 * With the verbs that FortJs does not have.
 * @param {import('../shop.js').View} view
 * @param {import('../../../dist/dialects/fort.js').FortSession} session
 * @returns {import('../shop.js').View}
 */
function withVerbs(view, session) {
  return {
    ...view,
    async login(user) {
      await session.login(user);
      await view.login(user);
    },
    regenerate: () => session.regenerate(),
  };
}

/**
 * `this.session` does not tell what became of a write; the native session beneath it does.
 * @param {import('../../../dist/index.js').Sessions} sessions
 */
function rememberOpened(sessions) {
  /** @type {WeakMap<object, import('../../../dist/index.js').Session>} */
  const opened = new WeakMap();
  /** @type {typeof sessions.open} */
  const open = async (headers, ...others) => {
    const session = await sessions.open(headers, ...others);
    opened.set(headers, session);
    return session;
  };
  return {
    sessions: { ...sessions, open },
    /** @param {object} headers @returns {import('../../../dist/index.js').Session} */
    openedFor(headers) {
      const session = opened.get(headers);
      if (session === undefined) throw new Error('This request has no session.');
      return session;
    },
  };
}
