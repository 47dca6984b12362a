import type { NodeResponse } from '../adapters/node/head.js';
import { type NodeRequest, openSession } from '../adapters/node.js';
import { jsonCodec } from '../codecs/json.js';
import { SessionError } from '../core/errors.js';
import {
  createSessions,
  type DefaultData,
  type SessionOptions,
  type Sessions,
} from '../core/internal.js';
import { type CookieOptions, cookieTransport } from '../http/cookie.js';
import { memoryStore } from '../stores/memory.js';
import { answerFailure } from './answers/answer-failure.js';
import { FortSession } from './fort/session.js';

export { ISessionStore, type ISessonStore, SessionProvider } from '../bridges/fort/contract.js';
export { FortSession } from './fort/session.js';

/**
 * Options of {@link fortSessions}: those of FortJs, and those of `createSessions` that do not
 * contradict them.
 */
export interface FortSessionOptions
  extends Omit<
    SessionOptions,
    'idleTimeout' | 'lifetime' | 'touchAfter' | 'rotateAfter' | 'rotationOverlap' | 'transport'
  > {
  /** How long a session lives from its first write, used or not, in minutes. Default 60. */
  readonly sessionTimeOut?: number | undefined;
  /** The cookie is named `<appName>_session_id`. Default `'fort'`. */
  readonly appName?: string | undefined;
  /**
   * Other attributes of the cookie. Default: those of FortJs (`HttpOnly`, `Path=/`),
   * `SameSite=Lax`, and `Secure` on https.
   */
  readonly cookie?: Omit<CookieOptions, 'name' | 'persistent'> | undefined;
}

/**
 * Creates sessions with the cookie and the timeout of FortJs. By default they are in memory, as in
 * FortJs. Pass `store` for another place, or `fromFort(MySessionStore)` of 'sojourn/bridges/fort'
 * for your own store class.
 * @throws `invalid-option`, with a message that says what to write instead.
 */
export function fortSessions<Data extends object = Record<string, unknown>>(
  options: FortSessionOptions = {},
): Sessions<Data> {
  const {
    sessionTimeOut = 60,
    appName = 'fort',
    cookie,
    store = memoryStore({ now: options.now }),
    ...others
  } = options;
  if (!(sessionTimeOut > 0)) {
    throw new SessionError(
      'invalid-option',
      `sessionTimeOut is ${String(sessionTimeOut)}. Give minutes: 60 is an hour.`,
    );
  }
  const lifetime = sessionTimeOut * 60_000;
  const transport = cookieTransport(
    {
      ...cookie,
      secure: cookie?.secure ?? 'auto',
      name: `${appName}_session_id`,
      persistent: true,
    },
    options.now,
  );
  return createSessions<Data>({
    ...others,
    codec: others.codec ?? jsonCodec(),
    store,
    idleTimeout: lifetime,
    lifetime,
    // The cookie's end is fixed when the session begins, so that no later response has to send it
    // again.
    transport: { ...transport, persistent: false },
  });
}

/** The object that FortJs hands from component to component. */
interface ComponentProps {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  session: unknown;
}

/**
 * A wall for `Fort.walls` that gives every component a {@link FortSession} as `this.session`:
 * `Fort.walls = [sessionWall(Wall, fortSessions({ store }))]`. `Wall` is FortJs's own. The response
 * leaves once the session is stored. When storing fails, the response is a 503. When the session
 * cannot be read, FortJs's error handler answers.
 */
export function sessionWall<Instance extends object, Data extends object>(
  Wall: abstract new (...parameters: never[]) => Instance,
  sessions: Sessions<Data>,
): new (
  ...parameters: unknown[]
) => Instance {
  const Base = Wall as unknown as new () => object;

  class SojournSessionWall extends Base {
    /** Set by FortJs before it calls. */
    declare readonly componentProp_: ComponentProps;

    async onIncoming(): Promise<void> {
      const { request, response, session: present } = this.componentProp_;
      // The wall may be in the list twice.
      if (present instanceof FortSession) return;
      const session = await openSession(sessions, request, response, (error) =>
        answerFailure(response, error),
      );
      this.componentProp_.session = new FortSession(session);
    }
  }
  return SojournSessionWall as unknown as new () => Instance;
}

/**
 * `this.session` of a component, typed with all its methods, which FortJs's own types lack: `await
 * fortSession(this).login(user.id)`.
 * @throws `no-session` when {@link sessionWall} did not run before.
 */
export function fortSession<Data extends object = DefaultData>(component: {
  readonly session: unknown;
}): FortSession<Data> {
  const { session } = component;
  if (session instanceof FortSession) return session as FortSession<Data>;
  throw new SessionError(
    'no-session',
    'There is no session of Sojourn here. Put sessionWall(Wall, sessions) first in Fort.walls.',
  );
}
