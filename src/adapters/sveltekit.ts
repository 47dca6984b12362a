import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import type { CookieAttributes } from '../http/transport.js';
import { requireSessions } from './answers/required.js';
import { addressFrom } from './answers/web.js';
import { sessionHandler } from './fetch.js';

export type { SessionLocals } from './answers/locals.js';

const SEE_OTHER = 303;

/** The part of a request event of SvelteKit that is used. */
export interface SvelteKitEvent {
  readonly request: Request;
  readonly locals: object;
  readonly cookies: {
    set(
      name: string,
      value: string,
      options: CookieAttributes & { encode: (value: string) => string },
    ): void;
  };
  getClientAddress(): string;
}

/** Options of {@link sveltekitSession}. */
export interface SvelteKitSessionOptions<Event extends SvelteKitEvent> {
  /**
   * What the server knows of the connection. Default: secure when the scheme of the URL is https,
   * and the address that SvelteKit's adapter gives.
   */
  connection?: ((event: Event) => Connection) | undefined;
}

/**
 * SvelteKit's `handle` hook: `export const handle = sveltekitSession(sessions)`. It sets
 * `event.locals.session`, and stores the session before the response leaves: pages, data, form
 * actions, redirects and error pages. `event.fetch` to a route of one's own works on the same
 * session. When the session cannot be read or stored the answer is status 503, or 500 when another
 * try will not help.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function sveltekitSession<
  Data extends object = DefaultData,
  Event extends SvelteKitEvent = SvelteKitEvent,
>(
  sessions: Sessions<Data>,
  { connection }: SvelteKitSessionOptions<Event> = {},
): <Own extends Event>(input: {
  event: Own;
  resolve: (event: Own) => Response | Promise<Response>;
}) => Promise<Response> {
  requireSessions(sessions, 'sveltekitSession');

  const handle = sessionHandler<Data, [Event, () => Response | Promise<Response>]>(
    sessions,
    async (_request, session, event, next) => {
      Object.assign(event.locals, { session });
      try {
        return await next();
      } catch (error) {
        if (isRedirect(error)) await commitRedirect(session, event);
        throw error;
      }
    },
    {
      connection: (_request, event) => ({
        remoteAddress: addressFrom(() => event.getClientAddress()),
        ...connection?.(event),
      }),
    },
  );

  /** SvelteKit answers a redirect that a hook behind this one threw, with the event's cookies. */
  async function commitRedirect(session: Session<Data>, event: Event): Promise<void> {
    const { cookies } = await sessions.commit(session, { status: SEE_OTHER });
    for (const { name, value, attributes } of cookies)
      event.cookies.set(name, value, { ...attributes, encode: (text) => text });
  }

  return ({ event, resolve }) => handle(event.request, event, () => resolve(event));
}

function isRedirect(error: unknown): boolean {
  return typeof (Object(error) as { location?: unknown }).location === 'string';
}
