import { type KeysOf, type PathOf, parsePath, type ValueAt } from '../data/path.js';
import { budgetOf } from '../stores/contract/deadline.js';
import { endable, handedOut, movable, read, usable, writable } from './access.js';
import { type ExclusiveOptions, runExclusively, takeValue } from './claims.js';
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
 * Verbs that change data act on this request's view at once and are stored with the response (or by
 * {@link save}). Verbs that change whose session it is, or end it, return a promise and act on the
 * store before it resolves.
 *
 * A path is `'user.teams'`, or `['user.teams']` when a key holds a dot. An object that was read or
 * set may be changed in place: the change is noticed, and stored as a new value of its top-level
 * key.
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
   * The hash of the token, in base64url: safe to log and to show. A new session's is final once it
   * is stored. It changes with the token; {@link handle} stays.
   */
  get id(): string {
    const { held, where } = read(this.#visit);
    if (held !== undefined) return held.id;
    if (where.kind === 'planned') return where.place.id;
    const place = this.#engine.settings.persistence.place();
    return where.kind === 'nowhere' ? this.#visit.plan(place).id : place.id;
  }

  /**
   * The session's name for lists of devices: 128 random bits that stay while token and id change,
   * until the session ends. Knowing it lets nobody in.
   */
  get handle(): string {
    return read(this.#visit).facts.handle;
  }

  /** Whether nothing is stored for this session yet. */
  get isNew(): boolean {
    return read(this.#visit).held === undefined;
  }

  /** Whether the handler changed something that is not stored yet. */
  get isChanged(): boolean {
    return this.#visit.journal.isChanged;
  }

  /**
   * Whether every change throws: the session was opened with `readOnly`, a commit failed, or the
   * session stands in for one that could not be read (see {@link outage}).
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
   * What the last commit or asynchronous verb came to. One that had nothing to store leaves it as
   * it was.
   */
  get outcome(): Outcome {
    return this.#visit.outcome;
  }

  /** When the session began, or the user logged in, in epoch milliseconds. */
  get createdAt(): number {
    return read(this.#visit).createdAt;
  }

  /** When the session ends if it is not used again, in epoch milliseconds. */
  get expiresAt(): number {
    const { held, createdAt, clocks } = read(this.#visit);
    return held?.record.expiresAt ?? deadline(clocks, createdAt, this.#engine.settings.now());
  }

  /** The user that {@link login} named. */
  get userId(): string | undefined {
    return read(this.#visit).held?.record.userId;
  }

  /** When the user logged in, in epoch milliseconds. */
  get loggedInAt(): number | undefined {
    const { held, facts } = read(this.#visit);
    return held === undefined ? undefined : facts.loggedInAt;
  }

  /**
   * Moves the session to a new token and stores all changes with it; the old token is dead when the
   * promise resolves. `gone`: another request ended or moved the session first, and this one's
   * changes are not stored.
   * @throws `too-late` after the response began; `store-failed`, `store-timeout`, `conflict`. The
   * response fails then too, unless the verb is repeated and succeeds.
   */
  regenerate(): Promise<Outcome> {
    return this.#change(movable, (engine, visit) => regenerate(engine, visit));
  }

  /**
   * Makes this the session of a user: a new token, both clocks started anew. Call it when the user
   * has proved who they are, so that a token planted before is worth nothing (OWASP session
   * fixation). The data of an anonymous visitor are kept, those of another user are dropped; `keep`
   * decides otherwise. When another request ended or moved the session meanwhile, as a double click
   * does, the user gets a session of their own.
   * @throws `invalid-value` for a user id that is not a text of 1 to 200 characters;
   * `invalid-option`; also as {@link regenerate}. `session-limit` when the user has as many
   * sessions as `sessionsPerUser` allows: nobody is logged in, and the response goes on.
   */
  login(userId: string, options: LoginOptions = {}): Promise<Outcome> {
    return this.#change(movable, (engine, visit) => logIn(engine, visit, userId, options));
  }

  /** Notes that the user has just proved who they are again, by a password or a second factor. */
  prove(): this {
    writable(this.#visit, this.#engine).journal.learn({
      provedAt: this.#engine.settings.now(),
    });
    return this;
  }

  /**
   * Whether the user proved who they are within this time, by {@link login} or {@link prove}: for
   * pages that ask for the password again (OWASP ASVS 5.0, 7.5.3).
   */
  provedWithin(duration: Duration): boolean {
    const { held, facts } = read(this.#visit);
    const within = clockMilliseconds(duration, 'provedWithin');
    if (held?.record.userId === undefined || facts.provedAt === undefined) return false;
    return this.#engine.settings.now() - facts.provedAt <= within;
  }

  /**
   * Ends the session in the store, whatever others do with it, and starts an empty one in its
   * place, which is stored only once something is set. `gone`: another request had ended it
   * already, or the user logged in since this request began.
   */
  invalidate(): Promise<Outcome> {
    return this.#change(usable, (engine, visit) => endAndBegin(engine, visit, 'destroyed'));
  }

  /** Logs the user out: as {@link invalidate}, so that a message for the next page can be flashed. */
  logout(): Promise<Outcome> {
    return this.#change(usable, (engine, visit) => endAndBegin(engine, visit, 'logout'));
  }

  /** Ends the session for good: the cookie expires, and changes from here on throw `ended`. */
  destroy(): Promise<Outcome> {
    return this.#change(endable, (engine, visit) =>
      endVisit(engine, visit, 'destroyed', budgetOf(engine.settings.storeTimeout)),
    );
  }

  /** Moves the idle deadline with this response, however young the last touch is. */
  touch(): this {
    writable(this.#visit, this.#engine).askForTouch();
    return this;
  }

  /**
   * Stores the changes now instead of with the response, and shows what others stored meanwhile; an
   * object that was got before may then be outdated.
   * @throws `store-failed`, `store-timeout`, `conflict`: the response fails too, and nothing more
   * can be written. `invalid-value`, `too-large`: the change can be taken back.
   */
  save(): Promise<Outcome> {
    return this.#inTurn(saveVisit);
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

  /** Drops the changes of this request and reads the session again. `gone` when it has ended. */
  reload(): Promise<Outcome> {
    return this.#inTurn(reloadVisit);
  }

  /** Why the session is as it is, in words, oldest first: for the console, not for programs. */
  trace(): readonly string[] {
    return [...this.#visit.reasons];
  }

  /** What may be shown and logged: never the token. Flash that only this shows stays. */
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
export type { SessionTypes } from './session-values.js';
export { type DefaultData, isNested, isSessionOf, visitOf };
