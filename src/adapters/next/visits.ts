import type { Session } from '../../core/session.js';
import type { Sessions } from '../../core/sessions.js';
import type { Connection } from '../../http/request.js';
import type { Answer, AnswerCookie, CookieAttributes } from '../../http/transport.js';
import { committed, withAnswer } from '../answers/web.js';
import { withCookies } from './request-cookies.js';

/** Redirects of Next are thrown too. */
const SERVER_ERROR = 500;

/** The part of `await headers()` that is used. */
export interface NextHeaders {
  get(name: string): string | null;
}

/** The part of `await cookies()` that is used. */
export interface NextCookies {
  set(name: string, value: string, attributes: CookieAttributes): unknown;
}

/** The sessions of each request. */
export interface Visits<Data extends object> {
  /** The session that is read only. `howToWrite` says what to do instead of a change. */
  reading(request: NextHeaders, howToWrite: string): Promise<Session<Data>>;
  /** What `task` gives, once its session is stored and its cookie set. */
  storing<Result>(request: NextHeaders, task: () => Promise<Result>): Promise<Result>;
}

/** What is known of one request. */
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

export function createVisits<Data extends object>(
  sessions: Sessions<Data>,
  cookies: () => Promise<NextCookies>,
  connection: ((headers: NextHeaders) => Connection) | undefined,
): Visits<Data> {
  /** All calls of one request get the same headers of Next. */
  const visits = new WeakMap<NextHeaders, Visit<Data>>();

  return {
    reading(request, howToWrite) {
      const visit = visitOf(request);
      visit.reading ??= open(request, visit, howToWrite);
      return visit.reading;
    },

    async storing<Result>(request: NextHeaders, task: () => Promise<Result>): Promise<Result> {
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
      const response = result instanceof Response ? result : undefined;
      const store = () => commit(visit, session, response?.status);
      const answer = await committed(response, store);
      if (response !== undefined) return withAnswer(response, answer) as Result;
      await setCookies(answer);
      return result;
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
