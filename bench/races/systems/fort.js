import fortjs from 'fortjs';

const { Controller, Fort, jsonResult, Wall, worker } = fortjs;

/** Its routes are of the form /controller/worker. */
const CONTROLLER = '/shop';
const WORKERS = ['set', 'increment', 'login', 'logout', 'show'];

/** @type {import('../systems.js').Start} */
export async function start({ system, answer }) {
  class ShopController extends Controller {}
  for (const name of WORKERS) {
    Object.assign(ShopController.prototype, {
      /** @this {import('fortjs').Controller} */
      async [name]() {
        return jsonResult(
          await answer(String(this.request.url).slice(CONTROLLER.length), viewOf(this.session)),
        );
      },
    });
    worker()(ShopController.prototype, name, {});
  }
  Fort.port = 0;
  Fort.routes = /** @type {any} */ ([{ controller: ShopController, path: CONTROLLER }]);
  if (system === 'sojourn/fort') {
    const { fortSessions, sessionWall } = await import('../../../dist/dialects/fort.js');
    Fort.walls = /** @type {any} */ ([sessionWall(/** @type {any} */ (Wall), fortSessions())]);
  }
  await Fort.create();
  return {
    listener(request, response) {
      request.url = CONTROLLER + request.url;
      Fort.httpServer.emit('request', request, response);
    },
  };
}

/** @param {any} session @returns {import('../shop.js').View} */
function viewOf(session) {
  return {
    data: () => session.getAll(),
    user: () => session.get('user'),
    set: (key) => session.set(key, 1),
    increment: async (key) => session.set(key, ((await session.get(key)) ?? 0) + 1),
    login: (user) => session.set('user', user),
    logout: () => session.clear(),
  };
}
