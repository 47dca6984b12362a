import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { addAnswer, type CommitAnswer, type PlainHeaders } from './answers/answer.js';
import { requireSessions } from './answers/required.js';
import type { NodeResponse } from './node/head.js';
import { connectionOf, headersOf, type NodeRequest } from './node/request.js';

/** The part of a context of Koa 2 and 3 that is used. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: Pick<NodeResponse, 'getHeader' | 'setHeader' | 'removeHeader' | 'getHeaders'>;
  session?: unknown;
}

/** What the middleware adds to a context: `new Koa<DefaultState, SessionContext<Data>>()`. */
export interface SessionContext<Data extends object = DefaultData> {
  session: Session<Data>;
}

/**
 * Koa middleware that puts the visitor's session on `ctx.session`. It stores the session when the
 * middleware behind it has ended, and so also before an error page. When that fails, Koa answers
 * with the error's status: 503 when trying again may help.
 * @throws `invalid-option` for what `createSessions` did not make.
 */
export function koaSession<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
): (context: KoaContext, next: () => Promise<unknown>) => Promise<void> {
  requireSessions(sessions, 'koaSession');

  return async (context, next) => {
    const { req, res } = context;
    const session = await opened(() => sessions.open(headersOf(req), connectionOf(req)));
    context.session = session;
    let thrown: { readonly error: unknown } | undefined;
    try {
      await sessions.run(session, next);
    } catch (error) {
      thrown = { error };
    }
    const answer = await opened(() => sessions.commit(session));
    if (thrown === undefined) return addAnswer(res, answer);
    throw withHeaders(thrown.error, answer);
  };
}

/** Koa drops all headers before it answers an error, except those of the error. */
async function opened<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw withHeaders(error, { headers: [['Cache-Control', 'no-store']] });
  }
}

function withHeaders(error: unknown, answer: CommitAnswer): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const headers: PlainHeaders = { ...(error as { headers?: PlainHeaders }).headers };
  addAnswer(headers, answer);
  return Object.assign(error, { headers });
}
