import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import type { Answer, AnswerCookie, CookieAttributes } from '../http/transport.js';
import { requireSessions } from './answers/required.js';
import { answerFailure, letGo, withAnswer } from './answers/web.js';
import { withCookies } from './next/request-cookies.js';

export {
  type NextResponseClass,
  type SessionProxyHandler,
  type SessionProxyOptions,
  sessionProxy,
} from './next/proxy.js';

/** The part of `await headers()` that is used. */
export interface NextHeaders {
  get(name: string): string | null;
}

/** The part of `await cookies()` that is used. */
export interface NextCookies {
  set(name: string, value: string, attributes: CookieAttributes): unknown;
}

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

/** The sessions of one request. */
interface Visit<Data extends object> {
  reading?: Promise<Session<Data>> | undefined;
  /** What wrapped handlers share that run at once. */
  writing?: Promise<Session<Data>> | undefined;
  writers: number;
  /** What the response sets, the latest last; the headers of the request stay as they came. */
  cookies: readonly AnswerCookie[];
  /** The last commit: a session that is opened later has to see it. */
  stored?: Promise<unknown> | undefined;
}

/** Redirects of Next are thrown too. */
const SERVER_ERROR = 500;
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
  const visits = new WeakMap<NextHeaders, Visit<Data>>();

  return {
    async getSession() {
      // Asked before all else: it throws inside of what Next caches for everybody.
      const request = await headers();
      const writing = sessions.present();
      if (writing !== undefined) return writing;
      const visit = visitOf(request);
      visit.reading ??= open(request, visit, HOW_TO_WRITE);
      return visit.reading;
    },

    withSession<Parameters extends unknown[], Result>(
      handler: (...parameters: Parameters) => Result | Promise<Result>,
    ) {
      return async (...parameters: Parameters): Promise<Result> => {
        const request = await headers();
        const task = async (): Promise<Result> => handler(...parameters);
        if (sessions.present() !== undefined) return task();
        if (!(parameters[0] instanceof Request)) return storing(request, task);
        try {
          return await storing(request, () => task().catch(fallback<Result>));
        } catch (error) {
          return answerFailure(error) as Result;
        }
      };
    },
  };

  function visitOf(request: NextHeaders): Visit<Data> {
    const visit = visits.get(request) ?? { writers: 0, cookies: [] };
    visits.set(request, visit);
    return visit;
  }

  async function open(
    request: NextHeaders,
    visit: Visit<Data>,
    readOnly?: string,
  ): Promise<Session<Data>> {
    await visit.stored;
    const get = (name: string): string | null =>
      name === 'cookie' ? withCookies(request.get(name), visit.cookies) : request.get(name);
    return sessions.open({ get }, connection?.(request), { readOnly });
  }

  /** What `task` gives, once its session is stored and its cookie set. */
  async function storing<Result>(
    request: NextHeaders,
    task: () => Promise<Result>,
  ): Promise<Result> {
    const visit = visitOf(request);
    visit.writers += 1;
    visit.writing ??= open(request, visit);
    const session = await visit.writing;
    let result: Result;
    try {
      result = await sessions.run(session, task);
    } catch (error) {
      await setCookies(await commit(visit, session, SERVER_ERROR));
      throw error;
    }
    try {
      const status = result instanceof Response ? result.status : undefined;
      const answer = await commit(visit, session, status);
      if (result instanceof Response) return withAnswer(result, answer) as Result;
      await setCookies(answer);
      return result;
    } catch (error) {
      if (result instanceof Response) letGo(result);
      throw error;
    }
  }

  async function commit(
    visit: Visit<Data>,
    session: Session<Data>,
    status: number | undefined,
  ): Promise<Answer> {
    visit.writers -= 1;
    const isLast = visit.writers === 0;
    const committed = sessions.commit(session, { isLast, status });
    visit.stored = committed.catch(() => undefined);
    visit.reading = undefined;
    if (isLast) visit.writing = undefined;
    const answer = await committed;
    visit.cookies = [...visit.cookies, ...answer.cookies];
    return answer;
  }

  async function setCookies(answer: Answer): Promise<void> {
    if (answer.cookies.length === 0) return;
    const jar = await cookies();
    for (const { name, value, attributes } of answer.cookies) jar.set(name, value, attributes);
  }
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
