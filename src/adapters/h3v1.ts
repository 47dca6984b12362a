import { STATUS_CODES } from 'node:http';
import { isSessionError, SessionError } from '../core/errors.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { requireSessions } from './answers/required.js';
import type { NodeResponse } from './node/head.js';
import { type NodeRequest, openSession } from './node.js';

/** The part of an event of h3 1 that is used. */
export interface H3v1Event {
  readonly node: { readonly req: object; readonly res: object };
  readonly context: object;
}

/** The part of an app of h3 1 that is used; `nitroApp.h3App` in Nitro 2 and Nuxt. */
export interface H3v1App {
  handler: unknown;
}

type Response = NodeResponse & { once(event: 'finish' | 'close', listener: () => void): unknown };

type Handler = (event: H3v1Event) => Promise<unknown>;

/**
 * Gives every event of an app of h3 1 the visitor's session, on `event.context.session`. A response
 * leaves once its session is stored, error pages included. When that fails, h3 answers the error as
 * any other, with its status: 503 when trying again may help.
 * @throws `invalid-option` for what `createSessions` did not make.
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
    // Of a client that went away nobody waits for it.
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

/** h3 makes an error of its own of this one, and keeps the cause: the error of the session. */
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
