import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import { requireSessions } from './answers/required.js';
import { sessionHandler } from './fetch.js';

export {
  native,
  type RouterSession,
  type RouterSessionStorage,
  type SessionStorageOptions,
  sessionStorage,
} from './react-router/storage.js';

/** The status of data that say where to go, for React Router in the browser. */
const DATA_REDIRECT = 202;
const FOUND = 302;

/** What React Router's `createContext` makes: a key of the router's context. */
export interface RouterContext<Value> {
  defaultValue?: Value;
}

/** The part of the arguments of a middleware of React Router 7.9 and 8 that is used. */
export interface MiddlewareArguments<Data extends object = DefaultData> {
  readonly request: Request;
  readonly context: {
    set(context: RouterContext<Session<Data>>, value: Session<Data>): void;
  };
}

/** Options of {@link sessionMiddleware}. */
export interface SessionMiddlewareOptions {
  /**
   * What the server knows of the connection. Default: secure when the URL's scheme is https, no
   * address.
   */
  connection?: ((request: Request) => Connection) | undefined;
}

/**
 * Middleware for the `middleware` export of React Router's root route. It puts the visitor's
 * session into the router's context, under a key of yours, and stores the session before the
 * response leaves: pages, data, redirects and error pages. When that fails the answer is status
 * 503, or 500 when another try will not help.
 *
 * ```ts
 * export const sessionContext = createContext<Session<Data>>();
 * export const middleware = [sessionMiddleware(sessions, sessionContext)];
 * ```
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function sessionMiddleware<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  sessionContext: RouterContext<Session<Data>>,
  { connection }: SessionMiddlewareOptions = {},
): (args: MiddlewareArguments<Data>, next: () => Promise<Response>) => Promise<Response> {
  requireSessions(sessions, 'sessionMiddleware');
  type Rest = [MiddlewareArguments<Data>['context'], () => Promise<Response>];
  const own: Sessions<Data> = {
    ...sessions,
    commit: (session, { status } = {}) =>
      sessions.commit(session, { status: status === DATA_REDIRECT ? FOUND : status }),
  };
  const handle = sessionHandler<Data, Rest>(
    own,
    async (_request, session, context, next) => {
      context.set(sessionContext, session);
      return withoutEmptyCookies(await next());
    },
    {
      connection: (request) => ({ isPage: isFetched(request), ...connection?.(request) }),
    },
  );
  return ({ request, context }, next) => handle(request, context, next);
}

/** React Router shows what its fetches load, and its middleware sees them as if of the page. */
function isFetched({ headers }: Request): true | undefined {
  return headers.get('sec-fetch-dest') === 'empty' ? true : undefined;
}

/** `commitSession` gives an empty text where this middleware sends the cookie. */
function withoutEmptyCookies(response: Response): Response {
  const cookies = response.headers.getSetCookie();
  if (!cookies.includes('')) return response;
  response.headers.delete('Set-Cookie');
  for (const cookie of cookies) if (cookie !== '') response.headers.append('Set-Cookie', cookie);
  return response;
}
