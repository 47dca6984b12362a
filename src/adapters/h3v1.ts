import { STATUS_CODES } from 'node:http';
import { isSessionError, SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { requireSessions } from './answers/required.js';
import type { NodeResponse } from './node/head.js';
import { type NodeRequest, openSession } from './node.js';

/** The parts of an h3 1 event that the adapter uses. */
export interface H3v1Event {
  readonly node: { readonly req: object; readonly res: object };
  readonly context: object;
}

/**
 * The parts of an h3 1 app that the adapter uses. In Nitro 2 and Nuxt the app is `nitroApp.h3App`.
 */
export interface H3v1App {
  handler: unknown;
}

type Response = NodeResponse & { once(event: 'finish' | 'close', listener: () => void): unknown };

type Handler = (event: H3v1Event) => Promise<unknown>;

/**
 * Sets `event.context.session` to the visitor's session, for every event of an h3 1 app. A response
 * leaves once its session is stored, error pages included. When storing fails, h3 answers with the
 * status of the error: 503 when another try may help, 500 otherwise.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function h3v1Session<Data extends object = DefaultData>(
  app: H3v1App,
  sessions: Sessions<Data>,
): void {
  requireSessions(sessions, 'h3v1Session');
  const handler = app.handler as Handler;

  const withSession: Handler = async (event) => {
    const { req, res } = event.node as { req: NodeRequest; res: Response };
    let isWaiting = true;
    let reject: ((error: unknown) => void) | undefined;
    const failed = new Promise<never>((_, lose) => {
      reject = lose;
    });
    // When the client has gone away, nobody awaits the commit.
    failed.catch(() => undefined);
    const session = await openSession(sessions, req, res, (error) => {
      if (isWaiting) reject?.(told(error));
      // h3 was answering another error already.
      else res.end(`${STATUS_CODES[res.statusCode] ?? 'Error'}\n`);
    }).catch((error) => {
      throw told(error);
    });
    Object.assign(event.context, { session });
    // Nitro collects the answer of a request to itself as soon as the handler has ended.
    const left = new Promise<void>((done) => {
      res.once('finish', done);
      res.once('close', done);
    });
    const handle = async (): Promise<unknown> => {
      try {
        const result = await handler(event);
        await left;
        return result;
      } catch (error) {
        isWaiting = false;
        throw error;
      }
    };
    return Promise.race([sessions.run(session, handle), failed]);
  };
  app.handler = Object.assign(withSession, handler);
}

/** h3 wraps this error in an error of its own. The cause stays the session's error. */
function told(error: unknown): unknown {
  if (!isSessionError(error)) return error;
  return Object.assign(new Error(error.message, { cause: error }), { statusCode: error.status });
}

/** The session of an event. @throws `no-session` for an app without {@link h3v1Session}. */
export function getSession<Data extends object = DefaultData>(event: H3v1Event): Session<Data> {
  const { session } = event.context as { session?: Session<Data> };
  if (session !== undefined) return session;
  throw new SessionError(
    'no-session',
    'The event has no session. Write h3v1Session(app, sessions) where the app is made.',
  );
}
