import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import type { HeaderPair } from '../http/transport.js';
import { requireSessions } from './answers/required.js';
import { addressFrom, answerFailure, committed, thrownToo, withAnswer } from './answers/web.js';

export type { SessionLocals } from './answers/locals.js';

/** The part of a context of Astro that is used. */
export interface AstroContext {
  readonly request: Request;
  readonly locals: object;
  readonly clientAddress: string;
  readonly isPrerendered?: boolean | undefined;
}

/** Options of {@link astroSession}. */
export interface AstroSessionOptions<Context extends AstroContext> {
  /**
   * What the server knows of the connection. Default: secure when the scheme of the URL is https,
   * and the address that Astro's adapter gives.
   */
  connection?: ((context: Context) => Connection) | undefined;
}

/** What the run for a page left to the run for its error page. */
interface Run<Data extends object> {
  readonly session: Session<Data>;
  /** Headers that Astro puts on the error page. */
  readonly sent: readonly HeaderPair[];
}

/**
 * Astro middleware: `export const onRequest = astroSession(sessions)`. It sets
 * `context.locals.session`, and stores the session before the response leaves, with the error page
 * too. A page that is prerendered has none. Components render while the page streams, which is too
 * late for a write: write in the page itself. When the session cannot be read or stored the answer
 * is status 503, or 500 when another try will not help.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function astroSession<
  Data extends object = DefaultData,
  Context extends AstroContext = AstroContext,
>(
  sessions: Sessions<Data>,
  { connection }: AstroSessionOptions<Context> = {},
): <Own extends Context>(context: Own, next: () => Promise<Response>) => Promise<Response> {
  requireSessions(sessions, 'astroSession');
  /** Astro runs its middleware once more for an error page. */
  const runs = new WeakMap<Request, Run<Data>>();

  return async (context, next) => {
    if (context.isPrerendered === true) return next();
    const { request, locals } = context;
    try {
      const { session, sent } = runs.get(request) ?? (await begin(context));
      Object.assign(locals, { session });
      try {
        const response = await thrownToo(() => sessions.run(session, next));
        const options = { isLast: !mayGetErrorPage(response), status: response.status };
        const answer = await committed(response, () => sessions.commit(session, options));
        runs.set(request, { session, sent: answer.headers });
        return withAnswer(response, { headers: answer.headers.filter(isNot(sent)) });
      } catch (error) {
        runs.set(request, { session, sent });
        throw error;
      }
    } catch (error) {
      return answerFailure(error);
    }
  };

  async function begin(context: Context): Promise<Run<Data>> {
    const { headers, url, method } = context.request;
    const facts = {
      url,
      method,
      remoteAddress: addressFrom(() => context.clientAddress),
      ...connection?.(context),
    };
    return { session: await sessions.open(headers, facts), sent: [] };
  }
}

/** Astro answers these with its pages for 404 and 500. */
function mayGetErrorPage({ status, body }: Response): boolean {
  return (status === 404 || status === 500) && body === null;
}

function isNot(sent: readonly HeaderPair[]): (pair: HeaderPair) => boolean {
  return ([name, value]) => !sent.some((pair) => pair[0] === name && pair[1] === value);
}
