import { isSessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addAnswer, type CommitAnswer, lostAnswer } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import type { NodeResponse } from './node/head.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

const SERVER_ERROR = 500;
const NO_STORE: CommitAnswer = { headers: [['Cache-Control', 'no-store']] };

/** The part of a response of Node that is used. */
export type KoaResponse = Pick<
  NodeResponse,
  'getHeader' | 'setHeader' | 'removeHeader' | 'getHeaders' | 'headersSent'
> & { end: (...parameters: never[]) => unknown };

/** The part of a context of Koa 2 and 3 that is used. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: KoaResponse;
  body: unknown;
  status: number;
  onerror(error: never): void;
  session?: unknown;
}

/** What the middleware adds to a context: `new Koa<DefaultState, SessionContext<Data>>()`. */
export interface SessionContext<Data extends object = DefaultData> {
  session: Session<Data>;
}

/**
 * Koa middleware that puts the visitor's session on `ctx.session`. It stores the session when the
 * middleware behind it has ended, and so also before an error page. When that fails, it throws the
 * error, as all middleware does. Its status is 503 when trying again may help.
 * @throws `invalid-option` for what `createSessions` did not make.
 */
export function koaSession<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
): (context: KoaContext, next: () => Promise<unknown>) => Promise<void> {
  requireSessions(sessions, 'koaSession');

  return async (context, next) => {
    const { req, res } = context;
    const takeBack = lostAnswer(res);
    const session = await answered(() => sessions.open(headersOf(req), connectionOf(req)));
    context.session = session;
    let thrown: { readonly error: unknown } | undefined;
    try {
      await sessions.run(session, next);
    } catch (error) {
      thrown = { error };
    }
    const answer = await answered(() => sessions.commit(session));
    // With `ctx.respond = false` the handler answers itself.
    if (!res.headersSent) addAnswer(res, answer);
    if (thrown === undefined) return;
    keepOnError(context, answer);
    throw thrown.error;

    /** Nothing of the answer that is lost gets into the error page. */
    async function answered<Result>(task: () => Promise<Result>): Promise<Result> {
      try {
        return await task();
      } catch (error) {
        if (!res.headersSent) {
          context.body = undefined;
          takeBack();
          context.status = isSessionError(error) ? error.status : SERVER_ERROR;
        }
        keepOnError(context, NO_STORE);
        throw error;
      }
    }
  };
}

/**
 * Koa's error handler drops all headers, and takes others from the error alone. An error may be
 * shared by all requests, so the headers of one visitor are not written into it.
 */
function keepOnError(context: KoaContext, answer: CommitAnswer): void {
  const { res, onerror } = context;
  context.onerror = (error) => {
    const { end } = res;
    res.end = (...parameters: never[]) => {
      res.end = end;
      if (!res.headersSent) addAnswer(res, { headers: missingIn(res, answer) });
      return end.apply(res, parameters);
    };
    onerror.call(context, error);
  };
}

function missingIn(res: KoaResponse, { headers }: CommitAnswer): CommitAnswer['headers'] {
  return headers.filter(([name, value]) => ![res.getHeader(name)].flat().includes(value));
}
