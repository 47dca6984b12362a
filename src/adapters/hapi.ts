import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { requireSessions } from './answers/required.js';
import { add, asBoom, type HapiHeaders, ownBoom, statusOf } from './hapi/boom.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

/** The parts of a hapi request that the plugin uses. */
export interface HapiRequest {
  readonly raw: { readonly req: NodeRequest };
  response: unknown;
}

/** The parts of hapi's response toolkit that the plugin uses. */
export interface HapiToolkit {
  readonly continue: symbol;
}

/**
 * The parts of a hapi server that the plugin uses. `unknown`, since a method's overloads fit no
 * type of ours.
 */
export interface HapiServer {
  ext: unknown;
  events: unknown;
}

interface Hooks {
  ext(
    event: 'onRequest' | 'onPreResponse',
    method: (request: HapiRequest, toolkit: HapiToolkit) => Promise<symbol | Error>,
  ): void;
  events: { on(event: 'response', listener: (request: HapiRequest) => void): void };
}

/** A plugin for hapi. */
export interface HapiPlugin {
  readonly name: string;
  register(server: HapiServer): void;
}

/**
 * Plugin for hapi 21 that puts the visitor's session on `request.session`:
 * `server.register(hapiSession(sessions))`. The session is stored before the response leaves, error
 * pages included. When storing fails, hapi answers with the status of the error: 503 when another
 * try may help, 500 otherwise.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function hapiSession<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
): HapiPlugin {
  requireSessions(sessions, 'hapiSession');
  return { name: 'sojourn', register };

  function register(server: HapiServer): void {
    const own = new WeakMap<HapiRequest, Session<Data>>();
    const { ext, events } = server as unknown as Hooks;

    ext.call(server, 'onRequest', (request, toolkit) => {
      const { req } = request.raw;
      const opened = asBoom(() => sessions.open(headersOf(req), connectionOf(req)));
      // Before anything is awaited: the handler runs in the context of this tick.
      sessions.enter(opened);
      return opened.then((session) => {
        own.set(request, session);
        Object.assign(request, { session });
        return toolkit.continue;
      });
    });

    ext.call(server, 'onPreResponse', async (request, toolkit) => {
      const session = own.get(request);
      // The session could not be read.
      if (session === undefined) return toolkit.continue;
      own.delete(request);
      const { response } = request;
      const status = statusOf(response);
      const { headers } = await asBoom(() => sessions.commit(session, { status }));
      if (!(response instanceof Error)) {
        add((response as { headers: HapiHeaders }).headers, headers);
        return toolkit.continue;
      }
      const boom = ownBoom(response);
      add(boom.output.headers, headers);
      // hapi runs no later extension when this one returns an error.
      request.response = boom;
      return toolkit.continue;
    });

    // hapi does not answer a client that went away. The changes of its handler are still stored.
    events.on('response', (request) => {
      const session = own.get(request);
      if (session !== undefined) sessions.commit(session).catch(() => undefined);
    });
  }
}
