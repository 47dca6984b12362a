import { STATUS_CODES } from 'node:http';
import { isSessionError, type SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addHeaders } from '../http/headers.js';
import type { HeaderPair } from '../http/transport.js';
import { appended } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

/** Headers as hapi keeps them, by names in lower case. */
type HapiHeaders = Record<string, number | string | string[] | undefined>;

/** The fields that hapi reads from an error. */
interface Boom {
  readonly isBoom: true;
  readonly isServer: boolean;
  readonly output: {
    readonly statusCode: number;
    readonly payload: object;
    readonly headers: HapiHeaders;
  };
}

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

/** Of a response, or of the error that is answered. */
function statusOf(response: unknown): number | undefined {
  const { output, statusCode } = response as Partial<Boom> & { statusCode?: number };
  return output?.statusCode ?? statusCode;
}

/** Many requests may share one error object, so a visitor's headers go into a copy. */
function ownBoom(error: Error): Error & Pick<Boom, 'output'> {
  const { output } = isSessionError(error) ? toBoom(error) : (error as Error & Boom);
  return Object.create(error, {
    isBoom: { value: true },
    output: { value: { ...output, headers: { ...output.headers } } },
  });
}

function add(headers: HapiHeaders, pairs: readonly HeaderPair[]): void {
  const put = (name: string, value: string | string[]): void => {
    headers[name.toLowerCase()] = value;
  };
  addHeaders(
    {
      get: (name) => headers[name.toLowerCase()]?.toString(),
      set: put,
      append: (name, value) => put(name, appended(headers[name.toLowerCase()], value)),
    },
    pairs,
  );
}

async function asBoom<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw isSessionError(error) ? toBoom(error) : error;
  }
}

/** hapi answers 500 to every error that is not a Boom error. */
function toBoom(error: SessionError): SessionError & Boom {
  const { status: statusCode } = error;
  const name = STATUS_CODES[statusCode] ?? 'Error';
  const payload = { statusCode, error: name, message: name };
  const retry = error.headers && { 'retry-after': error.headers['Retry-After'] };
  const output = { statusCode, payload, headers: { 'cache-control': 'no-store', ...retry } };
  return Object.assign(error, { isBoom: true as const, isServer: statusCode >= 500, output });
}
