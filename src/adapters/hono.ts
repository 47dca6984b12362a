import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { Connection } from '../http/request.js';
import { requireSessions } from './answers/required.js';
import { answerFailure, letGo, withAnswer } from './answers/web.js';

/** The parts of a Hono 4 context that the middleware uses. */
export interface HonoContext {
  readonly req: { readonly raw: Request; readonly url: string };
  res: Response;
  set(name: 'session', session: unknown): void;
  header(name: string, value?: string): void;
}

/** The variable that the middleware sets: `new Hono<{ Variables: SessionVariables<Data> }>()`. */
export interface SessionVariables<Data extends object = DefaultData> {
  session: Session<Data>;
}

/** Options of {@link honoSession}. */
export interface HonoSessionOptions<Context extends HonoContext> {
  /**
   * Tells whether the connection is secure, and the client's address (see Hono's `getConnInfo`).
   * Default: secure when the URL begins with `https:`; no address.
   */
  connection?: ((context: Context) => Connection) | undefined;
}

/**
 * Hono middleware that sets `c.var.session` to the visitor's session, and stores the session before
 * the response leaves, a response of `app.onError` included. When storing fails, `app.onError` gets
 * the error. Without `app.onError` the response has status 503, or 500 when another try will not
 * help.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function honoSession<
  Data extends object = DefaultData,
  Context extends HonoContext = HonoContext,
>(
  sessions: Sessions<Data>,
  { connection }: HonoSessionOptions<Context> = {},
): (context: Context, next: () => Promise<void>) => Promise<void> {
  requireSessions(sessions, 'honoSession');

  return async (context, next) => {
    const { raw, url } = context.req;
    const facts = { url, method: raw.method, ...connection?.(context) };
    const session = await answered(() => sessions.open(raw.headers, facts));
    context.set('session', session);
    await sessions.run(session, next);
    const answer = await answered(async () => {
      try {
        return await sessions.commit(session, { status: context.res.status });
      } catch (error) {
        lose(context);
        throw error;
      }
    });
    const response = withAnswer(context.res, answer);
    if (response !== context.res) put(context, response);
  };
}

/** Hono's own error handler asks an error for its response, as it does HTTPException. */
async function answered<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { getResponse: () => answerFailure(error) });
    throw error;
  }
}

/** No header of the lost answer gets into the error page. */
function lose(context: HonoContext): void {
  letGo(context.res);
  put(context, new Response(null, { headers: { 'Cache-Control': 'no-store' } }));
}

/** Hono would merge the headers of the response that is there into the new one. */
function put(context: HonoContext, response: Response): void {
  (context as { res: Response | undefined }).res = undefined;
  context.res = response;
}
