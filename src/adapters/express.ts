import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import { requireSessions } from './answers/required.js';
import { answerError, beginError, warn } from './node/errors.js';
import type { NodeResponse } from './node/head.js';
import type { RequestSession } from './node/request-session.js';
import { type NodeRequest, openSession } from './node.js';

declare global {
  namespace Express {
    interface RequestSessions {
      sojourn: Session;
    }
    interface Request {
      /**
       * The visitor's session, set by `sessionMiddleware`. To declare the type of its data, see
       * `SessionTypes` of 'sojourn'.
       */
      session: RequestSession;
    }
  }
}

/** Middleware for Express, Connect, Polka and Restify. */
export type SessionMiddleware = (
  request: NodeRequest & { session?: unknown },
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Express middleware that puts the visitor's session on `request.session`. A response leaves once
 * its session is stored. When the session cannot be read or stored, the response is not sent, and
 * the error goes to `next` with its status: 503 when another try may help, 500 otherwise.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function sessionMiddleware<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
): SessionMiddleware {
  requireSessions(sessions, 'sessionMiddleware');
  // Restify takes no asynchronous function of three parameters.
  return function session(request, response, next) {
    const fail = (error: unknown): void => tell(next, error, request, response);
    openSession(sessions, request, response, fail).then((opened) => {
      request.session = opened;
      sessions.run(opened, next);
    }, fail);
  };
}

/** Gives the error to the framework, and answers where the framework fails to. */
function tell(
  next: (error: unknown) => void,
  error: unknown,
  request: NodeRequest,
  response: NodeResponse,
): void {
  // Restify sends nothing after a first answer, and an error of its own where it knows of none.
  if ('_handlersFinished' in response) Object.assign(response, { _sent: false, err: error });
  try {
    next(error);
  } catch (thrown) {
    // Polka takes the code of an error for a status, which Node refuses.
    warn(thrown);
    if (response.headersSent) return;
    beginError(response, () => undefined, error);
    answerError(error, request, response);
  }
}
