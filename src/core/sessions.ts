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
import { committedAs, measured, openedAs } from './measured.js';
import { openVisit } from './open.js';
import { type AllOptions, type DataSchema, readOptions, type SessionOptions } from './options.js';
import { isPageStatus } from './page.js';
import { type DefaultData, isNested, isSessionOf, Session, visitOf } from './session.js';
import { withEngine } from './store-of.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/** Options of {@link Sessions.open}. */
export interface OpenOptions {
  /**
   * Opens the session for reading. The request does not touch or renew the session and sends no
   * cookie, a write throws `read-only`, and values are frozen. Use it where no cookie can be sent.
   * Instead of `true`, a text says what to do instead: it is in the message of the error. Default
   * false.
   */
  readonly readOnly?: boolean | string | undefined;
  /**
   * Whether the request counts as use of the session. With `false` the idle deadline does not move:
   * for polls that a browser sends by itself. Default true.
   */
  readonly isUse?: boolean | undefined;
}

/** Options of {@link Sessions.commit}. */
export interface CommitOptions {
  /**
   * Whether the response headers are sent after this commit. With `false` the session stays
   * writable, and you commit again later: the later answer includes everything from this answer.
   * Default true.
   */
  readonly isLast?: boolean | undefined;
  /**
   * The status of the response, for flash: a redirect, an error page or an empty answer does not
   * end what the request read. Default 200.
   */
  readonly status?: number | undefined;
}

/** What {@link createSessions} returns. */
export interface Sessions<Data extends object = DefaultData> extends Directory<Data> {
  /**
   * Opens the session of a request: the session of its token, or a new one that is not stored yet.
   * Within `run`, a request with the same tokens gets a second `Session` object for the same data.
   * Only the commit of the outer object returns headers.
   * @throws `store-failed`, `store-timeout` when the session cannot be read and `onStoreError` is
   * `'fail'`.
   */
  open(
    headers: RequestHeaders,
    connection?: Connection,
    options?: OpenOptions,
  ): Promise<Session<Data>>;
  /**
   * Stores the changes of the request and returns the headers for the response (see `addHeaders`).
   * Call it before the first byte is sent. `session.outcome` tells the result. You may call it
   * again until the headers are sent; it returns all headers each time.
   * @throws `store-failed`, `store-timeout`, `conflict`, `invalid-value`, `too-large`. Then answer
   * with an error instead of the planned response. The session cannot be written any more.
   */
  commit(session: Session<Data>, options?: CommitOptions): Promise<Answer>;
  /**
   * Returns the answer at once when there is nothing to store, so the response need not wait.
   * `undefined` when you must await {@link commit}.
   */
  answerNow(session: Session<Data>, options?: Pick<CommitOptions, 'status'>): Answer | undefined;
  /**
   * Runs `task` so that `current()` and the global `session()` return this session everywhere in
   * it, asynchronous code included.
   */
  run<Result>(session: Session<Data>, task: () => Result): Result;
  /**
   * Like {@link run}, but for the rest of the current asynchronous context: for hooks that have no
   * task to run. A hook that has to wait for `open` passes the promise, in the same tick in which
   * the hook is called.
   */
  enter(session: Session<Data> | Promise<Session<Data>>): void;
  /**
   * The session of the current request.
   * @throws `no-session` outside a request.
   */
  current(): Session<Data>;
  /** The session of the current request, or `undefined` outside a request. */
  present(): Session<Data> | undefined;
  /**
   * The session that an adapter put on a request or context, as in `req.session` or `ctx.session`,
   * with the data type of these sessions, so you need no global declaration. A web `Request` has no
   * session: `sessionHandler` passes the session as the second argument.
   * @throws `no-session` when no adapter of these sessions handled the request before.
   */
  of(request: object): Session<Data>;
  /** Calls `listener` for each event of this name. Returns a function that removes the listener. */
  on<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void;
}

/**
 * Sets up sessions: `createSessions<{ cart: Item[] }>({ store: memoryStore() })`. Without a codec
 * of your own, the data type may hold only what JSON can store: a `Date` in it is a compile error.
 * @throws `invalid-option`, with a message that says what to write instead.
 */
export function createSessions<Data extends object>(
  options: SessionOptions & { codec: Codec; data: DataSchema<Data> },
): Sessions<Data>;
export function createSessions<Data extends JsonObject<Data> & object>(
  options: SessionOptions & { data: DataSchema<Data> },
): Sessions<Data>;
export function createSessions<Data extends object = DefaultData>(
  options: SessionOptions & { codec: Codec },
): Sessions<Data>;
export function createSessions<Data extends JsonObject<Data> & object = DefaultData>(
  options: SessionOptions,
): Sessions<Data>;
export function createSessions<Data extends object = DefaultData>(
  options: AllOptions,
): Sessions<Data> {
  const events = createEvents();
  const settings = readOptions(options, {
    onCall: () => (events.has('storeCall') ? (call) => events.emit('storeCall', call) : undefined),
    onCircuit: (store, state) => events.emit('circuit', { store, state }),
    onAside: (aside) => events.emit('setAside', aside),
  });
  const engine = createEngine(settings, events);
  const { transport, now, storeTimeout } = settings;
  const watchClock = clockWatch(now, (by) => events.emit('clockStepped', { by }));
  warnOnceWhenRefused(events);

  const sessions: Sessions<Data> = {
    ...createDirectory<Data>(engine),

    async open(headers, connection = {}, { readOnly = false, isUse } = {}) {
      watchClock();
      const request = new Request(headers, connection, settings);
      const presented = transport.receive(request);
      const outer = presentOf(events) as Session<Data> | undefined;
      const outerVisit = outer && visitOf(outer);
      if (outerVisit !== undefined && readOnly === false && takesIn(outerVisit, presented.tokens))
        return new Session<Data>(outerVisit, engine, true);
      const howToWrite = typeof readOnly === 'string' ? readOnly : undefined;
      const mode = { isReadOnly: readOnly !== false, howToWrite, isUse };
      const visit = await measured(
        events,
        'opened',
        () => openVisit(engine, request, presented, mode),
        openedAs,
      );
      return new Session<Data>(visit, engine);
    },

    async commit(session, { isLast = true, status } = {}) {
      const visit = visitOf(session);
      await measured(
        events,
        'committed',
        () => commitVisit(visit, isLast && !isNested(session), showsPage(session, status)),
        (outcome) => committedAs(visit, outcome),
      );
      return answerTo(session);
    },

    answerNow(session, { status } = {}) {
      const visit = visitOf(session);
      if (visit.turns.isEmpty && showsPage(session, status)) visit.journal.endFlash();
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
  return withEngine(sessions, engine, options);

  async function commitVisit(visit: Visit, isLast: boolean, isShown: boolean): Promise<Outcome> {
    if (!visit.turns.isEmpty) await visit.turns.ended();
    if (isLast) visit.respond();
    try {
      // Requests inside this one may be answered at the same time.
      return await visit.turns.run(async () => {
        if (visit.failure !== undefined) throw visit.failure;
        if (isShown) visit.journal.endFlash();
        const step = stepOf(engine, visit);
        return { result: await perform(engine, visit, step, budgetOf(storeTimeout)) };
      });
    } catch (error) {
      visit.fail(error, true);
      if (isSessionError(error) && error.code !== 'newcomer-limit')
        events.emit('failed', { error });
      throw error;
    }
  }

  /** Whether the response shows flash. The outer request decides about that of a nested session. */
  function showsPage(session: Session<Data>, status: number | undefined): boolean {
    return !isNested(session) && isPageStatus(status);
  }

  /** A nested session answers nothing: the outer request sends the cookie. */
  function answerTo(session: Session<Data>): Answer {
    return isNested(session) ? { headers: [], cookies: [] } : answerOf(visitOf(session), settings);
  }
}

/** Some runtimes have no such class. */
function isWebRequest(request: object): boolean {
  return typeof globalThis.Request === 'function' && request instanceof globalThis.Request;
}

/** Whether a request with these tokens, made within the visit's request, shares the visit. */
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
