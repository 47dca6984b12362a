import { SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addHeaders } from '../http/headers.js';
import type { Connection } from '../http/request.js';
import { type CommitAnswer, lostAnswer } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import { letGo } from './answers/web.js';

const SERVER_ERROR = 500;

/** The parts of an h3 2 event that the middleware uses. */
export interface H3Event {
  readonly req: {
    readonly headers: Headers;
    readonly url: string;
    readonly method: string;
    readonly ip?: string | undefined;
  };
  readonly res: { headers: Headers; errHeaders: Headers; status?: number | undefined };
  readonly context: object;
}

/** Options of {@link h3Session}. */
export interface H3SessionOptions {
  /**
   * Tells whether the connection is secure, and the client's address. Default: secure when the URL
   * begins with `https:`; the address from h3.
   */
  connection?: ((event: H3Event) => Connection) | undefined;
}

/**
 * Middleware for h3 2 that sets `event.context.session` to the visitor's session, and stores the
 * session before the response leaves, error pages included. When storing fails, h3 answers with the
 * status of the error: 503 when another try may help, 500 otherwise.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function h3Session<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  { connection }: H3SessionOptions = {},
): (event: H3Event, next: () => unknown) => Promise<unknown> {
  requireSessions(sessions, 'h3Session');

  return async (event, next) => {
    const { headers, url, method, ip } = event.req;
    const takeBack = lostAnswer(event.res.headers);
    const facts = { url, method, remoteAddress: ip, ...connection?.(event) };
    const session = await told(event, () => sessions.open(headers, facts));
    Object.assign(event.context, { session });
    let result: unknown;
    let thrown: { readonly error: unknown } | undefined;
    try {
      result = await sessions.run(session, next);
    } catch (error) {
      thrown = { error };
    }
    const answer = await told(event, async () => {
      try {
        const status = thrown === undefined ? statusOf(event, result) : SERVER_ERROR;
        return await sessions.commit(session, { status });
      } catch (error) {
        if (result instanceof Response) letGo(result);
        takeBack();
        throw error;
      }
    });
    add(event, answer, thrown === undefined ? result : thrown.error);
    if (thrown !== undefined) throw thrown.error;
    return result;
  };
}

/** The session of an event. @throws `no-session` where {@link h3Session} did not run. */
export function getSession<Data extends object = DefaultData>(event: H3Event): Session<Data> {
  const { session } = event.context as { session?: Session<Data> };
  if (session !== undefined) return session;
  throw new SessionError(
    'no-session',
    'The event has no session. Write app.use(h3Session(sessions)) in front of this route.',
  );
}

/** A result with headers is a response; for all else the event has the status. */
function statusOf(event: H3Event, result: unknown): number | undefined {
  const { headers, status } = Object(result) as { headers?: unknown; status?: number };
  return headers instanceof Headers ? status : event.res.status;
}

/**
 * h3 sets the headers of the event over those of the result: `errHeaders` for its own error page
 * and for a Response that is one, `headers` for all else, such as what `onError` gives.
 */
function add(event: H3Event, answer: CommitAnswer, result: unknown): void {
  const { headers: own } = Object(result) as { headers?: unknown };
  for (const headers of [event.res.headers, event.res.errHeaders])
    addHeaders(
      {
        get: (name) => headers.get(name) ?? (own instanceof Headers ? own.get(name) : undefined),
        set: (name, value) => headers.set(name, value),
        append: (name, value) => headers.append(name, value),
      },
      answer.headers,
    );
}

async function told<Result>(event: H3Event, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    event.res.errHeaders.set('Cache-Control', 'no-store');
    throw error;
  }
}
