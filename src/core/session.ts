import { type KeysOf, type PathOf, parsePath, type ValueAt } from '../data/path.js';
import { budgetOf } from '../stores/contract/deadline.js';
import { endable, handedOut, movable, read, usable, writable } from './access.js';
import { type ExclusiveOptions, moveToStore, runExclusively, takeValue } from './claims.js';
import { endVisit } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import { clockMilliseconds, type Duration, deadline } from './expiry.js';
import { refuseAssignments } from './guard.js';
import { type LoginOptions, logIn, regenerate } from './identity.js';
import { reloadVisit } from './reload.js';
import { saveVisit } from './save-visit.js';
import {
  type DefaultData,
  isNested,
  isSessionOf,
  SessionValues,
  visitOf,
} from './session-values.js';
import { changeInTurn, endAndBegin, inTurn } from './turns.js';
import type { Visit } from './visit.js';
import type { Outage, Outcome } from './visit-states.js';

/**
 * One visitor's session during one request.
 *
 * Methods that change data take effect at once for this request; the response, or {@link save},
 * stores the changes. Methods that change whose session it is, or end it, return a promise. When it
 * resolves, the store is up to date.
 *
 * A path is a text such as `'user.teams'`, or a list such as `['user.teams']` when a key contains a
 * dot. You may change an object in place after you read or set it: the change is noticed, and
 * stored as a new value of its top-level key.
 */
export class Session<Data extends object = DefaultData> extends SessionValues<Data> {
  readonly #visit: Visit;
  readonly #engine: Engine;

  static {
    // As a method it would need node:util in the type declarations.
    Object.defineProperty(Session.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Session<object>): string {
        const { held, where, journal } = this.#visit;
        const keys = [...journal.keys()].map((key) => JSON.stringify(key)).join(', ');
        return `Session { id: ${held?.id ?? '(new)'}, where: ${where.kind}, keys: [${keys}] }`;
      },
    });
  }

  /** Made by `sessions.open`. */
  constructor(visit: Visit, engine: Engine, isNested = false) {
    super(visit, engine, isNested);
    this.#visit = visit;
    this.#engine = engine;
    // Code of other libraries would find its property again, and the next request would not.
    Object.preventExtensions(this);
  }

  /**
   * The session's id, safe to log and to show: with a store the hash of the token in base64url,
   * with `cookieSessions()` a random UUID. It changes with `login`, `regenerate` and a renewal;
   * {@link handle} stays. The id of a new session is final once the session is stored.
   */
  get id(): string {
    const { held, where } = read(this.#visit);
    if (held !== undefined) return held.id;
    if (where.kind === 'planned') return where.place.id;
    const place = this.#engine.settings.persistence.place();
    return where.kind === 'nowhere' ? this.#visit.plan(place).id : place.id;
  }

  /**
   * The session's name in lists of devices: 128 random bits. It stays until the session ends, while
   * token and id may change. Nobody can take over the session with it.
   */
  get handle(): string {
    return read(this.#visit).facts.handle;
  }

  /** Whether the session is not stored yet. */
  get isNew(): boolean {
    return read(this.#visit).held === undefined;
  }

  /** Whether there are changes that are not stored yet. */
  get isChanged(): boolean {
    return this.#visit.journal.isChanged;
  }

  /**
   * Whether every change throws: the session was opened with `readOnly`, a commit failed, or the
   * store could not read the session (see {@link outage}).
   */
  get isReadOnly(): boolean {
    return read(this.#visit).isReadOnly;
  }

  /**
   * What stands in for a session that could not be read, as `onStoreError` says: `'anonymous'` for
   * an empty session, `'stale'` for an old copy. `undefined` when the session was read.
   */
  get outage(): Outage | undefined {
    return this.#visit.mode.outage;
  }

  /**
   * The result of the last commit or asynchronous method. With nothing to store it stays as it was.
   */
  get outcome(): Outcome {
    return this.#visit.outcome;
  }

  /** When the session began, or the user logged in, in epoch milliseconds. */
  get createdAt(): number {
    return read(this.#visit).createdAt;
  }

  /** When the session ends unless it is used again, in epoch milliseconds. */
  get expiresAt(): number {
    const { held, createdAt, clocks } = read(this.#visit);
    return held?.record.expiresAt ?? deadline(clocks, createdAt, this.#engine.settings.now());
  }

  /** The user that {@link login} named; `undefined` when nobody is logged in. */
  get userId(): string | undefined {
    return read(this.#visit).held?.record.userId;
  }

  /** When the user logged in, in epoch milliseconds; `undefined` when nobody is logged in. */
  get loggedInAt(): number | undefined {
    const { held, facts } = read(this.#visit);
    return held === undefined ? undefined : facts.loggedInAt;
  }

  /**
   * Gives the session a new token and stores all changes. When the promise resolves, the old token
   * is dead. `gone` means that another request ended or moved the session first; the changes of
   * this request are then not stored.
   * @throws `too-late` after the response began; `store-failed`, `store-timeout`, `conflict`;
   * `invalid-option` when no token can be sent. The response then fails too, unless you call this
   * again and it succeeds.
   */
  regenerate(): Promise<Outcome> {
    return this.#change(movable, (engine, visit) => regenerate(engine, visit));
  }

  /**
   * Makes this the session of a user, with a new token; both timeouts start anew. Call it once the
   * user has proved who they are. A token that an attacker planted before is then useless (OWASP
   * session fixation). The data of an anonymous visitor is kept, that of another user is dropped;
   * `keep` changes this. If another request ended or moved the session meanwhile, as after a double
   * click, the user gets a session of their own.
   * @throws `invalid-value` for a user id that is not a text of 1 to 200 characters;
   * `invalid-option`; the errors of {@link regenerate}; `session-limit` when the user already has
   * as many sessions as `sessionsPerUser` allows: nobody is logged in, and the response does not
   * fail.
   */
  login(userId: string, options: LoginOptions = {}): Promise<Outcome> {
    return this.#change(movable, (engine, visit) => logIn(engine, visit, userId, options));
  }

  /** Records that the user has just proved again who they are, by a password or a second factor. */
  prove(): this {
    writable(this.#visit, this.#engine).journal.learn({
      provedAt: this.#engine.settings.now(),
    });
    return this;
  }

  /**
   * Whether the user proved who they are within this time, by {@link login} or {@link prove}. For
   * pages that ask for the password again (OWASP ASVS 5.0, 7.5.3).
   */
  provedWithin(duration: Duration): boolean {
    const { held, facts } = read(this.#visit);
    const within = clockMilliseconds(duration, 'provedWithin');
    if (held?.record.userId === undefined || facts.provedAt === undefined) return false;
    return this.#engine.settings.now() - facts.provedAt <= within;
  }

  /**
   * Ends the session in the store, even while other requests use it. An empty session takes its
   * place, and is stored only once you set something. `gone` means that another request ended the
   * session first, or that the user logged in since this request began; the changes of this request
   * are then not stored.
   */
  invalidate(): Promise<Outcome> {
    return this.#change(usable, (engine, visit) => endAndBegin(engine, visit, 'destroyed'));
  }

  /** Logs the user out, like {@link invalidate}: you can flash a message for the next page. */
  logout(): Promise<Outcome> {
    return this.#change(usable, (engine, visit) => endAndBegin(engine, visit, 'logout'));
  }

  /** Ends the session without a new one. The cookie is deleted, and later changes throw `ended`. */
  destroy(): Promise<Outcome> {
    return this.#change(endable, (engine, visit) =>
      endVisit(engine, visit, 'destroyed', budgetOf(engine.settings.storeTimeout)),
    );
  }

  /** Moves the idle deadline with this response, whatever `touchAfter` says. */
  touch(): this {
    writable(this.#visit, this.#engine).askFor('touch');
    return this;
  }

  /**
   * Stores the changes now instead of with the response. Then the session also shows what other
   * requests stored; an object that you read before may be outdated.
   * @throws `store-failed`, `store-timeout`, `conflict`: the response fails too, and the session
   * cannot be written any more. `invalid-value`, `too-large`: undo the change and go on.
   */
  save(): Promise<Outcome> {
    return this.#inTurn(saveVisit);
  }

  /**
   * Stores the changes now, and with `cookieFirst()` moves a session out of its cookie into the
   * store, so that it can be ended from outside and two requests keep each other's changes. A
   * session without data stays out of the store. With a store alone this is {@link save}.
   * @throws `unsupported` for sealed sessions; also as {@link save}.
   */
  moveToStore(): Promise<Outcome> {
    return this.#inTurn(moveToStore);
  }

  /**
   * Removes the value at a path and stores that now, with the other changes. Of several requests
   * that take one value at once, one gets it, and the others get `undefined`: for a voucher or a
   * one-time code.
   * @throws `unsupported` for sealed sessions; also as {@link save}.
   */
  take<const Path extends PathOf<Data> | KeysOf<Data>>(
    path: Path,
  ): Promise<ValueAt<Data, Path> | undefined> {
    const keys = parsePath(path);
    return this.#inTurn((engine, visit) => takeValue(engine, visit, keys)) as Promise<
      ValueAt<Data, Path> | undefined
    >;
  }

  /**
   * Runs `task` while no other request of this session runs one, in any process. The session is
   * saved and read again before, and saved after it. Other requests may still change the session:
   * only exclusive tasks wait for each other. Changes of a task that throws are dropped.
   * @throws `conflict` when the others do not end within `wait` (default `'10s'`), or this task
   * takes longer than `atMost` (default `'30s'`); `unsupported` for sealed sessions.
   */
  exclusively<Result>(
    task: (session: this) => Result | Promise<Result>,
    options?: ExclusiveOptions,
  ): Promise<Result> {
    const run = async (): Promise<Result> => task(this);
    return runExclusively(this.#engine, usable(this.#visit), this, run, options);
  }

  /** Drops the changes of this request and reads the session again; `gone` when it has ended. */
  reload(): Promise<Outcome> {
    return this.#inTurn(reloadVisit);
  }

  /** Why the session is in its present state, in words for people, oldest reason first. */
  trace(): readonly string[] {
    return [...this.#visit.reasons];
  }

  /** The session without its token, to log or to show. Including flash here does not end it. */
  toJSON(): {
    id: string;
    userId: string | undefined;
    createdAt: number;
    expiresAt: number;
    data: Partial<Data>;
  } {
    const { id, userId, createdAt, expiresAt } = this;
    const visit = this.#visit;
    const data: Record<string, unknown> = Object.create(null);
    for (const key of visit.journal.keys()) data[key] = handedOut(visit, visit.journal.peek(key));
    return { id, userId, createdAt, expiresAt, data: data as Partial<Data> };
  }

  #change(
    check: (visit: Visit) => Visit,
    task: (engine: Engine, visit: Visit) => Promise<Outcome>,
  ): Promise<Outcome> {
    return changeInTurn(this.#engine, read(this.#visit), check, task);
  }

  #inTurn<Result>(task: (engine: Engine, visit: Visit) => Promise<Result>): Promise<Result> {
    return inTurn(this.#engine, read(this.#visit), usable, task);
  }
}

refuseAssignments(Session.prototype);

export type { ExclusiveOptions } from './claims.js';
export type { FlashOptions } from './page.js';
export type { SessionTypes } from './session-values.js';
export { type DefaultData, isNested, isSessionOf, visitOf };
