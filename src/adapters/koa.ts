import { isSessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addAnswer, type CommitAnswer, lostAnswer } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import type { NodeResponse } from './node/head.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

const SERVER_ERROR = 500;
const NO_STORE: CommitAnswer = { headers: [['Cache-Control', 'no-store']] };

/** The parts of a Node response that the middleware uses. */
export type KoaResponse = Pick<
  NodeResponse,
  'getHeader' | 'setHeader' | 'removeHeader' | 'getHeaders' | 'headersSent'
> & { end: (...parameters: never[]) => unknown };

/** The parts of a Koa 2 or 3 context that the middleware uses. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: KoaResponse;
  body: unknown;
  status: number;
  onerror(error: never): void;
  session?: unknown;
}

/**
 * The property that the middleware adds to a context: `new Koa<DefaultState,
 * SessionContext<Data>>()`.
 */
export interface SessionContext<Data extends object = DefaultData> {
  session: Session<Data>;
}

/**
 * Koa middleware that puts the visitor's session on `ctx.session`. It stores the session when the
 * middleware after it has ended, so before an error page too. When storing fails, it throws the
 * error, with status 503 when another try may help, and 500 otherwise.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
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
    const status = thrown === undefined ? context.status : SERVER_ERROR;
    const answer = await answered(() => sessions.commit(session, { status }));
    // With `ctx.respond = false` the handler answers itself.
    if (!res.headersSent) addAnswer(res, answer);
    if (thrown === undefined) return;
    keepOnError(context, answer);
    throw thrown.error;

    /** No header of the lost answer gets into the error page. */
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
 * Koa's error handler drops all headers but those of the error. Many requests may share one error
 * object, so a visitor's headers are not written into the error.
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
