import type { Codec } from '../codecs/codec.js';
import type { JsonObject } from '../codecs/json.js';
import { type Connection, Request, type RequestHeaders } from '../http/request.js';
import type { Answer } from '../http/transport.js';
import { budgetOf } from '../stores/contract/deadline.js';
import { answerOf } from './answer.js';
import { clockWatch } from './clock.js';
import { createEngine } from './commit/engine.js';
import { perform, stepOf } from './commit/perform.js';
import { currentOf, enterWith, presentOf, runWith } from './context.js';
import { createDirectory, type Directory } from './directory.js';
import { isSessionError, SessionError } from './errors.js';
import { createEvents, type Events, type SessionEvents, type SessionListener } from './events.js';
import { openVisit } from './open.js';
import { readOptions, type SessionOptions } from './options.js';
import { type DefaultData, isNested, isSessionOf, Session, visitOf } from './session.js';
import type { Visit } from './visit.js';

/** How a session is opened, beside the request. */
export interface OpenOptions {
  /**
   * Opens for reading: no touch, no renewal and no cookie; a write throws `read-only`, and values
   * are frozen. For places that cannot send a cookie. Default false.
   */
  readonly readOnly?: boolean | undefined;
  /**
   * Whether the request counts as use of the session. `false` lets the idle clock run on: for polls
   * that a browser makes by itself. Default true.
   */
  readonly isUse?: boolean | undefined;
}

/** How a session is committed. */
export interface CommitOptions {
  /**
   * Whether the head of the response leaves with this answer. `false` leaves the session writable
   * for another commit, whose answer holds all of this one's. Default true.
   */
  readonly isLast?: boolean | undefined;
}

/** What {@link createSessions} makes. */
export interface Sessions<Data extends object = DefaultData> extends Directory<Data> {
  /**
   * The session of a request: the one that its token leads to, or a new, unsaved one. Opened again
   * within `run` with the same tokens, it is the same session; only the outer commit answers.
   * @throws `store-failed`, `store-timeout` when it cannot be read and `onStoreError` is `'fail'`.
   */
  open(
    headers: RequestHeaders,
    connection?: Connection,
    options?: OpenOptions,
  ): Promise<Session<Data>>;
  /**
   * Stores what the request changed, and gives what to add to the response (see `addHeaders`). Call
   * it before the first byte. `session.outcome` says what it came to. Called again before the head
   * left, it gives the whole answer again.
   * @throws `store-failed`, `store-timeout`, `conflict`, `invalid-value`, `too-large`; the response
   * must then not be sent as if all were well, and the session cannot be written any more.
   */
  commit(session: Session<Data>, options?: CommitOptions): Promise<Answer>;
  /**
   * The answer at once, when there is nothing to store: the response need not be held back.
   * `undefined` when {@link commit} must be awaited.
   */
  answerNow(session: Session<Data>): Answer | undefined;
  /**
   * Runs `task` with `session` as the present one: `current()` and the global `session()` give it,
   * asynchronous parts included.
   */
  run<Result>(session: Session<Data>, task: () => Result): Result;
  /**
   * As {@link run}, for the rest of the present asynchronous context: for hooks without a task. A
   * hook that has to await `open` enters the promise, in the same tick in which the hook is called.
   */
  enter(session: Session<Data> | Promise<Session<Data>>): void;
  /**
   * The session of the present request.
   * @throws `no-session` outside a request.
   */
  current(): Session<Data>;
  /** The session of the present request; `undefined` outside one. */
  present(): Session<Data> | undefined;
  /**
   * The session that an adapter put on a request or context: `req.session`, `ctx.session`. It has
   * the type of these sessions, so nothing need be declared globally. A web `Request` carries no
   * session: `sessionHandler` passes the session as the second argument.
   * @throws `no-session` where no adapter of these sessions came before.
   */
  of(request: object): Session<Data>;
  /** Calls `listener` whenever the event happens; returns a function that stops it. */
  on<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void;
}

/**
 * Sets up sessions: `createSessions<{ cart: Item[] }>({ store: memoryStore() })`. Without a codec
 * of your own the data is what JSON keeps, so a `Date` in its type is an error of the compiler.
 * @throws `invalid-option`; the message says what to write instead.
 */
export function createSessions<Data extends object = DefaultData>(
  options: SessionOptions & { codec: Codec },
): Sessions<Data>;
export function createSessions<Data extends JsonObject<Data> & object = DefaultData>(
  options: SessionOptions,
): Sessions<Data>;
export function createSessions<Data extends object = DefaultData>(
  options: SessionOptions,
): Sessions<Data> {
  const events = createEvents();
  const settings = readOptions(options, () =>
    events.has('storeCall') ? (call) => events.emit('storeCall', call) : undefined,
  );
  const engine = createEngine(settings, events);
  const { transport, now, storeTimeout } = settings;
  const watchClock = clockWatch(now, (by) => events.emit('clockStepped', { by }));
  warnOnceWhenRefused(events);

  return {
    ...createDirectory<Data>(engine),

    async open(headers, connection = {}, { readOnly, isUse } = {}) {
      watchClock();
      const request = new Request(headers, connection, settings);
      const presented = transport.receive(request);
      const outer = presentOf(events) as Session<Data> | undefined;
      const outerVisit = outer && visitOf(outer);
      if (outerVisit !== undefined && readOnly !== true && takesIn(outerVisit, presented.tokens))
        return new Session<Data>(outerVisit, engine, true);
      const mode = { isReadOnly: readOnly, isUse };
      return new Session<Data>(await openVisit(engine, request, presented, mode), engine);
    },

    async commit(session, { isLast = true } = {}) {
      const visit = visitOf(session);
      if (!visit.turns.isEmpty) await visit.turns.ended();
      if (isLast && !isNested(session)) visit.respond();
      try {
        // Requests inside this one may be answered at the same time.
        await visit.turns.run(async () => {
          if (visit.failure !== undefined) throw visit.failure;
          const step = stepOf(engine, visit);
          return { result: await perform(engine, visit, step, budgetOf(storeTimeout)) };
        });
      } catch (error) {
        visit.fail(error, true);
        if (isSessionError(error)) events.emit('failed', { error });
        throw error;
      }
      return answerTo(session);
    },

    answerNow(session) {
      const visit = visitOf(session);
      const mustWait =
        !visit.turns.isEmpty || visit.failure !== undefined || stepOf(engine, visit) !== 'nothing';
      if (mustWait) return undefined;
      if (!isNested(session)) visit.respond();
      return answerTo(session);
    },

    run: (session, task) => runWith(events, session, task),
    enter: (session) => enterWith(events, session),
    current: () => currentOf(events) as Session<Data>,
    present: () => presentOf(events) as Session<Data> | undefined,
    of(request) {
      const { session } = request as { session?: unknown };
      if (isSessionOf(session, engine)) return session as Session<Data>;
      throw new SessionError(
        'no-session',
        isWebRequest(request)
          ? 'A web Request carries no session. Take the second argument that sessionHandler passes, or sessions.current().'
          : 'The request has no session of these sessions. Mount the adapter in front of this handler, with the same sessions.',
      );
    },
    on: (name, listener) => events.on(name, listener),
  };

  /** The outer request of a nested one sends the cookie. */
  function answerTo(session: Session<Data>): Answer {
    return isNested(session) ? { headers: [], cookies: [] } : answerOf(visitOf(session), settings);
  }
}

/** Some runtimes have no such class. */
function isWebRequest(request: object): boolean {
  return typeof globalThis.Request === 'function' && request instanceof globalThis.Request;
}

/** Whether a request with these tokens, inside the visit's own, is part of the visit. */
function takesIn(visit: Visit, tokens: readonly string[]): boolean {
  const { presented, hasResponded, mode } = visit;
  if (hasResponded || mode.isReadOnly === true) return false;
  return presented.tokens.join() === tokens.join();
}

function warnOnceWhenRefused(events: Events): void {
  const stop = events.on('refused', ({ reason }) => {
    stop();
    process.emitWarning(reason, { type: 'SessionWarning', code: 'SOJOURN_REFUSED' });
  });
}
