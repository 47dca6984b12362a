import type { RequestSession } from '../../adapters/node/request-session.js';
import { openSession } from '../../adapters/node.js';
import { environmentConfig, overlay } from '../../config/config.js';
import { cookieOptions, sessionOptions } from '../../config/session-options.js';
import { createSessions, type Sessions } from '../../core/internal.js';
import { cookieTransport } from '../../http/cookie.js';
import { type OstroConfig, readOstroConfig } from './config.js';
import { jsonText } from './json-text.js';
import { OstroSession } from './session.js';
import { type OstroRequest, type OstroResponse, runVisit } from './visit.js';

declare global {
  namespace Express {
    interface RequestSessions {
      ostro: OstroSession;
    }
    interface Request {
      /**
       * The visitor's session, set by `startSession`. To declare the type of its data, see
       * `SessionTypes` of 'sojourn'.
       */
      session: RequestSession;
    }
  }
}

type Data = Record<string, unknown>;

/** Middleware for Express 4 and 5, see {@link startSession}. */
export interface StartSession {
  (
    request: OstroRequest & { session?: unknown },
    response: OstroResponse,
    next: (error?: unknown) => void,
  ): Promise<void>;
  /**
   * Opens the store, if no request has opened it yet, and returns the sessions for work outside
   * requests.
   */
  open(): Promise<Sessions<Data>>;
  /** Closes the store. */
  close(): Promise<void>;
}

/**
 * Express middleware that puts the visitor's session on `request.session`, and makes `session()`
 * and `redirect()` work. It takes the content of OstroJS's `config/session.js`; the environment
 * variables `SOJOURN_...` override it. A response leaves once its session is stored. When storing
 * fails, the error goes to `next`.
 * @throws `invalid-option` naming the key and what to write instead.
 */
export function startSession(config: OstroConfig = {}): StartSession {
  const { config: read, resave, saveUninitialized } = readOstroConfig(config);
  const settled = overlay(read, environmentConfig(process.env));
  const tokenCookie = cookieTransport({
    ...cookieOptions(settled),
    name: 'XSRF-TOKEN',
    httpOnly: false,
  });
  const trustedProxies = Number(settled.trustProxy ?? 0);
  let opening: Promise<Sessions<Data>> | undefined;
  /** Requests that got their session here. The same middleware may be mounted twice. */
  const served = new WeakSet<object>();

  function open(): Promise<Sessions<Data>> {
    opening ??= openSessions().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function openSessions(): Promise<Sessions<Data>> {
    return createSessions<Data>({
      ...(await sessionOptions(settled)),
      codec: jsonText(),
      flash: 'next',
    });
  }

  async function middleware(
    request: OstroRequest & { session?: unknown },
    response: OstroResponse,
    next: (error?: unknown) => void,
  ): Promise<void> {
    if (served.has(request)) {
      next();
      return;
    }
    served.add(request);
    let run: (task: () => void) => void;
    try {
      const sessions = await open();
      const native = await openSession(sessions, request, response, next);
      const session = new OstroSession(native);
      if (saveUninitialized && !session.existed) session.token();
      if (resave) native.touch();
      request.session = session;
      const remaining = (): number => native.expiresAt - Date.now();
      const visit = {
        session: session as OstroSession,
        request,
        response,
        tokenCookie,
        trustedProxies,
        remaining,
      };
      run = (task) => runVisit(visit, () => sessions.run(native, task));
    } catch (error) {
      next(error);
      return;
    }
    run(next);
  }

  return Object.assign(middleware, {
    open,
    async close() {
      await (await opening)?.close();
      opening = undefined;
    },
  });
}
