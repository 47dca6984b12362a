import { addAnswer, type CommitAnswer } from '../adapters/answers/answer.js';
import { requireSessions } from '../adapters/answers/required.js';
import type { SessionFetch } from '../adapters/fetch.js';
import type { NodeResponse } from '../adapters/node/head.js';
import { type DefaultData, DeviceRecord, type Session, type Sessions } from '../core/internal.js';
import { type DeviceAnswer, refused } from './answers.js';
import { expiredCookie } from './bound-cookie.js';
import { gate } from './gate.js';
import { type DeviceBindingOptions, type DeviceRequest, readOptions } from './options.js';
import { refresh } from './refresh.js';
import { offer, register } from './registration.js';

export type { DeviceAnswer } from './answers.js';
export type { DeviceBindingOptions, DevicePolicy, DeviceRequest } from './options.js';

/** Middleware as Express, Connect, Polka and Restify take it. */
export type DeviceMiddleware = (
  request: DeviceRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** What {@link createDeviceBinding} makes. */
export interface DeviceBinding<Data extends object = DefaultData> {
  /**
   * What to add to the response of a login, by `addAnswer`: the offer to bind the session. Call it
   * after each `session.login`: a login ends the binding of the session. Nothing when the session
   * is bound.
   * @throws `unsupported` for sealed sessions.
   */
  offer(session: Session<Data>): CommitAnswer;
  /**
   * Logs the user out, and gives what to add to the response. The browser learns that the binding
   * has ended when it tries to refresh the cookie.
   * @throws as `session.logout`.
   */
  logout(session: Session<Data>): Promise<CommitAnswer>;
  /**
   * Call it for every request, before the handler. It answers the browser's registrations and
   * refreshes, and what is not to reach the handler; `undefined` lets the request go on. A request
   * that does not come from the session's device goes on with an empty session.
   * @throws `unsupported` for sealed sessions; `store-failed`, `store-timeout`, `conflict`: let
   * them become status 503, as every adapter does. At another status the browser drops the binding.
   */
  answer(request: DeviceRequest, session: Session<Data>): Promise<DeviceAnswer | undefined>;
  /** Whether the session is bound to a device: for pages on which users see their sessions. */
  isBound(session: Session<Data>): boolean;
  /** {@link answer} as middleware, behind that of the sessions. */
  readonly middleware: DeviceMiddleware;
  /** {@link answer} around a handler of `sessionHandler`. */
  handler<Rest extends unknown[]>(handler: SessionFetch<Data, Rest>): SessionFetch<Data, Rest>;
}

/**
 * Experimental. Binds sessions to devices (W3C Device Bound Session Credentials): the browser keeps
 * a key that cannot leave the device, and proves it whenever a short-lived second cookie ends. A
 * copy of the cookies is of use until then. Browsers without this are served as before.
 * @throws `invalid-option`.
 */
export function createDeviceBinding<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  options: DeviceBindingOptions<Data>,
): DeviceBinding<Data> {
  requireSessions(sessions, 'createDeviceBinding');
  const settings = readOptions(options);

  async function answer(
    request: DeviceRequest,
    session: Session<Data>,
  ): Promise<DeviceAnswer | undefined> {
    const path = pathOf(request);
    const route =
      path === settings.registrationPath
        ? register
        : path === settings.refreshPath
          ? refresh
          : undefined;
    if (route === undefined) return gate(settings, request, session);
    if (request.method !== 'POST') return refused(405, 'This address is for browsers alone');
    return route(settings, request, session);
  }

  return {
    answer,

    offer: (session) => ({ headers: offer(settings, session) }),

    async logout(session) {
      await session.logout();
      return { headers: [expiredCookie(settings)] };
    },

    isBound: (session) => new DeviceRecord(session).text !== undefined,

    middleware(request, response, next) {
      answer(request, sessions.current()).then((given) => {
        if (given === undefined) next();
        else send(response, given);
      }, next);
    },

    handler:
      (handler) =>
      async (request, session, ...rest) => {
        const given = await answer(request, session);
        return given === undefined
          ? handler(request, session, ...rest)
          : new Response(given.body, given);
      },
  };
}

/** Without the query. */
function pathOf({ originalUrl, url = '' }: DeviceRequest): string {
  const target = originalUrl ?? url;
  if (target.startsWith('/')) return target.split('?', 1)[0] ?? '';
  return URL.canParse(target) ? new URL(target).pathname : '';
}

function send(response: NodeResponse, { status, headers, body }: DeviceAnswer): void {
  response.statusCode = status;
  addAnswer(response, { headers });
  response.end(body);
}
