import { Readable } from 'node:stream';
import { loadFramework } from '../../frameworks/index.js';

/** @typedef {(url: string, session: Session) => Promise<object>} Handle */
/** @typedef {import('../../../dist/index.js').Sessions} Sessions */
/** @typedef {import('../../../dist/index.js').Session} Session */

/**
 * @type {Record<string, (sessions: Sessions, handle: Handle) =>
 * Promise<import('node:http').RequestListener>>}
 */
const ADAPTERS = {
  async node(sessions, handle) {
    const { sessionListener } = await import('../../../dist/adapters/node.js');
    return sessionListener(sessions, async (request, response, session) => {
      response.end(JSON.stringify(await handle(request.url ?? '', session)));
    });
  },

  async express(sessions, handle) {
    const { default: express } = await import('express');
    const { sessionMiddleware } = await import('../../../dist/adapters/express.js');
    const app = express();
    app.use(sessionMiddleware(sessions));
    app.use(async (request, response) => {
      response.json(await handle(request.url, request.session));
    });
    return app;
  },

  async fetch(sessions, handle) {
    const { sessionHandler } = await import('../../../dist/adapters/fetch.js');
    const respond = sessionHandler(sessions, async (request, session) =>
      Response.json(await handle(request.url, session)),
    );
    return listenerOf(respond);
  },
};

/**
 * @param {(request: Request) => Promise<Response> | Response} respond
 * @returns {import('node:http').RequestListener}
 */
function listenerOf(respond) {
  return async (incoming, outgoing) => {
    const headers = /** @type {Record<string, string>} */ (incoming.headers);
    const url = `http://${headers.host}${incoming.url}`;
    const response = await respond(new Request(url, { headers }));
    outgoing.statusCode = response.status;
    outgoing.setHeaders(response.headers);
    if (response.body === null) outgoing.end();
    else Readable.fromWeb(/** @type {any} */ (response.body)).pipe(outgoing);
  };
}

/**
 * An application of this adapter that answers each request with what `handle` gives, as JSON.
 * @param {string} adapter
 * @param {Sessions} sessions
 * @param {Handle} handle
 * @returns {Promise<import('node:http').RequestListener>}
 */
export async function adapt(adapter, sessions, handle) {
  const own = ADAPTERS[adapter];
  if (own !== undefined) return own(sessions, handle);
  const { sojourn } = await loadFramework(adapter);
  const opened = await sojourn(sessions)(async (url, session) =>
    JSON.stringify(await handle(url, session)),
  );
  return 'fetch' in opened ? listenerOf(opened.fetch) : opened.listener;
}
