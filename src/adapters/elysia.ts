import { SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import { requireSessions } from './answers/required.js';
import { sessionHandler } from './fetch.js';

type Fetch = (request: Request) => Response | Promise<Response>;

/** The part of an instance of Elysia that is used. Its own types accept no smaller functions. */
export interface ElysiaApp {
  readonly config: { readonly aot?: boolean | undefined };
  wrap: unknown;
  onRequest: unknown;
}

interface Hooks {
  /** Of the app that listens, also for a part of it. */
  getServer?(): { requestIP?(request: Request): { address: string } | null } | null;
  wrap(around: (fetch: Fetch) => Fetch): void;
  onRequest(hook: (context: { session?: unknown }) => void): void;
}

/** What the plugin adds to the type of an instance: `session` in every context. */
export interface WithSession<Data extends object> {
  '~Singleton': { derive: { readonly session: Session<Data> } };
}

/** Settings of {@link elysiaSession}. */
export interface ElysiaSessionOptions {
  /**
   * What the runtime knows of the connection. Default: secure when the URL's scheme is https, and
   * the address that Bun and `@elysiajs/node` know.
   */
  connection?: ((request: Request) => Connection) | undefined;
}

/**
 * Plugin of Elysia 1.4 that puts the visitor's session into every context: `new
 * Elysia().use(elysiaSession(sessions)).get('/', ({ session }) => ...)`. The session is stored
 * before the response leaves, also with what `onError` answers. When that fails, the answer is
 * status 503, or 500 when trying again is no use.
 * @throws `invalid-option` for what `createSessions` did not make, and for an instance with `aot:
 * false`.
 */
export function elysiaSession<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  { connection }: ElysiaSessionOptions = {},
): <App extends ElysiaApp>(app: App) => App & WithSession<Data> {
  requireSessions(sessions, 'elysiaSession');

  return <App extends ElysiaApp>(app: App) => {
    if (app.config.aot === false) throw notCompiled();
    const hooks = app as unknown as Hooks;
    const answer = sessionHandler<Data, [Fetch]>(
      sessions,
      (request, _session, fetch) => fetch(request),
      {
        connection: (request) => ({
          remoteAddress: ipOf(request) ?? hooks.getServer?.()?.requestIP?.(request)?.address,
          ...connection?.(request),
        }),
      },
    );
    hooks.wrap((fetch) => (request) => answer(request, fetch));
    // Elysia reads this code: a context that is handed on makes it parse bodies, cookies and all.
    hooks.onRequest((context) => {
      context.session = sessions.current();
    });
    return app as App & WithSession<Data>;
  };
}

/** What the server of `@elysiajs/node` adds to a request. */
function ipOf(request: Request & { readonly ip?: string | undefined }): string | undefined {
  return request.ip;
}

function notCompiled(): SessionError {
  return new SessionError(
    'invalid-option',
    'Elysia with aot: false runs no plugin around its handlers. Leave the option out, or serve sessionHandler(sessions, (request) => app.handle(request)) of sojourn/fetch.',
  );
}
