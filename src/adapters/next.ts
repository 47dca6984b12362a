import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import { requireSessions } from './answers/required.js';
import { answerFailure } from './answers/web.js';
import { createVisits, type NextCookies, type NextHeaders } from './next/visits.js';

export {
  type NextResponseClass,
  type SessionProxyHandler,
  type SessionProxyOptions,
  sessionProxy,
} from './next/proxy.js';
export type { NextCookies, NextHeaders } from './next/visits.js';

/** Settings of {@link nextSessions}. */
export interface NextSessionsOptions {
  /** `cookies` of `next/headers`. */
  cookies: () => Promise<NextCookies>;
  /** `headers` of `next/headers`. */
  headers: () => Promise<NextHeaders>;
  /**
   * What is known of the connection, of which Next tells nothing. Default: not secure, and no
   * address. Behind a proxy leave it out, and set `trustProxy` of `createSessions`.
   */
  connection?: ((headers: NextHeaders) => Connection) | undefined;
}

/** What {@link nextSessions} gives. */
export interface NextSessions<Data extends object = DefaultData> {
  /**
   * The visitor's session. What {@link withSession} wraps can change it; elsewhere, as in a server
   * component, a change throws `read-only`. All calls of one request give one session.
   */
  getSession(): Promise<Session<Data>>;
  /**
   * Wraps a route handler or a server action. The session is stored when the handler has ended, and
   * its cookie is set, also when the handler throws, as `redirect()` and `notFound()` do. When the
   * session cannot be read or stored, a route handler answers with status 503 (500 when trying
   * again is no use), and an action throws the `SessionError`.
   */
  withSession<Parameters extends unknown[], Result>(
    handler: (...parameters: Parameters) => Result | Promise<Result>,
  ): (...parameters: Parameters) => Promise<Result>;
}

const HOW_TO_WRITE =
  'Change it in a server action or a route handler that withSession wraps: a server component cannot set its cookie.';

/**
 * Sessions in the App Router of Next 16: `export const { getSession, withSession } =
 * nextSessions(sessions, { cookies, headers })`, with the functions of `next/headers`.
 * @throws `invalid-option` for what `createSessions` did not make.
 */
export function nextSessions<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  { cookies, headers, connection }: NextSessionsOptions,
): NextSessions<Data> {
  requireSessions(sessions, 'nextSessions');
  const visits = createVisits(sessions, cookies, connection);

  return {
    async getSession() {
      // Asked before all else: it throws inside of what Next caches for everybody.
      const request = await headers();
      const writing = sessions.present();
      if (writing !== undefined) return writing;
      return visits.reading(request, HOW_TO_WRITE);
    },

    withSession<Parameters extends unknown[], Result>(
      handler: (...parameters: Parameters) => Result | Promise<Result>,
    ) {
      return async (...parameters: Parameters): Promise<Result> => {
        const request = await headers();
        const task = async (): Promise<Result> => handler(...parameters);
        if (sessions.present() !== undefined) return task();
        if (!(parameters[0] instanceof Request)) return visits.storing(request, task);
        try {
          return await visits.storing(request, () => task().catch(fallback<Result>));
        } catch (error) {
          return answerFailure(error) as Result;
        }
      };
    },
  };
}

/**
 * What a route handler answers that calls `notFound()`, `forbidden()` or `unauthorized()`. Next
 * answers the same, but without cookies.
 */
function fallback<Result>(error: unknown): Result {
  const { digest } = Object(error) as { digest?: unknown };
  const [, status] = /^NEXT_HTTP_ERROR_FALLBACK;(\d{3})$/.exec(String(digest)) ?? [];
  if (status === undefined) throw error;
  return new Response(null, { status: Number(status) }) as Result;
}
