import type { Session, SessionRequest, SessionVerbs } from '../../bridges/connect/session.js';
import { createSession } from '../../bridges/connect/store.js';
import { isSessionError } from '../../core/errors.js';
import type { Events } from '../../core/internal.js';
import {
  type Base,
  baseOf,
  type Changes,
  changesOf,
  isUnchanged,
  merge,
  type Texts,
} from './changes.js';
import { hashId } from './open-records.js';
import { Operations } from './operations.js';
import { newSession, type Settings } from './options.js';
import { DEAD_FOR, type Found, type Records } from './records.js';
import type { VisitRequest } from './request.js';
import type { Touches } from './touches.js';

/** What the middlewares of one store share. */
export interface Shared {
  readonly settings: Settings;
  readonly records: Records;
  readonly events: Events;
  readonly touches: Touches;
}

/**
 * Where the session of a visit is. `gone`: others ended it, or moved it to another id; `ended`: this
 * request did.
 */
interface Place {
  readonly id: string;
  readonly kind: 'new' | 'stored' | 'gone' | 'ended';
  readonly version: unknown;
}

/** The session that a `regenerate` of this visit put another in the place of. */
interface Before {
  readonly id: string;
  readonly how: Awaited<ReturnType<Records['move']>>;
  /** When, in epoch milliseconds. */
  readonly at: number;
  readonly texts: Texts;
}

/** What the client is to get: the cookie, an expired one, or nothing. */
export type CookieNews = 'sent' | 'expired' | 'nothing';

const EMPTY: Base = { texts: new Map(), cookie: '' };

const LATE =
  'A new session was first written after its response began. Its visitor did not get the cookie, so it was not stored. Write to it before.';

/** One request and its session: what the handler sees on `req.session`, and where it is stored. */
export class Visit implements SessionVerbs {
  readonly operations: Operations = new Operations();
  readonly #request: VisitRequest;
  readonly #shared: Shared;
  /** The id that the client sent, when it was signed. */
  #sentId: string | undefined;
  #place: Place | undefined;
  #before: Before | undefined;
  /** The session as it was read or written last. */
  #base: Base = EMPTY;
  /** Whether the handler changed data since the request began, stored or not. */
  #isModified = false;
  #isSaved = false;
  /** Whether the client's session was ended by this request. */
  #hasEnded = false;
  #last: Promise<unknown> | undefined;
  /** When the session was touched last, as far as its cookie tells, in epoch milliseconds. */
  #touchedAt = 0;
  #failure: unknown;

  constructor(request: VisitRequest, shared: Shared) {
    this.#request = request;
    this.#shared = shared;
  }

  /**
   * Puts the session that the client asked for on the request, or a new one. Of several ids the
   * first that leads to a session counts.
   */
  async open(ids: readonly string[]): Promise<void> {
    [this.#sentId] = ids;
    let movedId: string | undefined;
    for (const id of ids) {
      const found = await this.#read(id);
      if (found === 'moved') movedId ??= id;
      else if (found !== undefined) {
        this.#sentId = id;
        this.#show(id, found);
        return;
      }
    }
    await this.begin(movedId === undefined ? 'new' : 'gone');
    if (movedId !== undefined) this.#shared.events.emit('gone', { id: movedId });
  }

  /** Puts a new session on the request. Nothing is stored of it yet. */
  begin(kind: 'new' | 'gone' = 'new'): Promise<void> | undefined {
    const id = this.#shared.settings.generateId(this.#request);
    if (typeof id === 'string') this.#begin(id, kind);
    else return id.then((made) => this.#begin(made, kind));
    return undefined;
  }

  /**
   * As {@link begin}, in place of another session. express-session stores such a one even when
   * nothing is put into it.
   * @throws {TypeError} `genid` is asynchronous: only `regenerate` can wait for it.
   */
  generate(): void {
    if (this.begin() !== undefined)
      throw new TypeError('genid is asynchronous. Call req.session.regenerate() and wait for it.');
    this.#isModified = true;
  }

  save(session: Session): Promise<unknown> {
    return this.#inTurn(async () => {
      const { id } = session;
      // The session has ended, or another one took its place.
      if (id !== this.#request.sessionID) return;
      // A store may keep a session alive whose record has an old deadline, and delete it by that.
      if (this.#place?.kind === 'stored') session.touch();
      await this.#store(session, id);
    });
  }

  reload(session: Session): Promise<unknown> {
    return this.#inTurn(async () => {
      const found = await this.#shared.records.read(session.id);
      if (found === undefined || found === 'moved') throw new Error('failed to load session');
      this.#show(session.id, found);
    });
  }

  destroy(session: Session): Promise<unknown> {
    return this.#inTurn(() => this.#end(session.id));
  }

  regenerate(): Promise<unknown> {
    return this.#inTurn(async () => {
      const id = await this.#shared.settings.generateId(this.#request);
      try {
        await this.#move(this.#request.sessionID, id);
      } finally {
        this.#begin(id, 'new');
        this.#isModified = true;
      }
    });
  }

  failed(error: unknown): void {
    this.#failure ??= error;
  }

  /**
   * Whether there is nothing to wait for: a new session that nothing was put into, or none. Asked
   * when the response begins.
   */
  get isUntouched(): boolean {
    const { session, sessionID } = this.#request;
    const { saveUninitialized } = this.#shared.settings;
    if (this.#last !== undefined || this.#failure !== undefined || !session) return false;
    if (this.#place?.kind !== 'new' || this.#place.id !== sessionID) return false;
    return !saveUninitialized && !this.#isModified && isUnchanged(session, this.#base);
  }

  /** Waits for the verbs that were called. */
  async settled(): Promise<void> {
    for (let waited: unknown; waited !== this.#last; ) {
      waited = this.#last;
      await waited;
    }
  }

  /** Stores what is to be stored with the response. */
  commit(): Promise<CookieNews> {
    return this.#inTurn(() => this.#commit());
  }

  /** Stores what the handler changed after {@link commit}, while it wrote the body. */
  async commitLate(): Promise<void> {
    await this.settled();
    await this.#inTurn(() => this.#commitLate());
  }

  async #commit(): Promise<CookieNews> {
    if (this.#failure !== undefined) throw this.#failure;
    const { session, sessionID } = this.#request;
    const { unset, expireCookie } = this.#shared.settings;
    if (!session && unset === 'destroy') await this.#end(sessionID);
    const isSent =
      session && typeof sessionID === 'string' && (await this.#commitSession(session, sessionID));
    if (isSent) return 'sent';
    // Nobody will have the session that took this one's place.
    if (this.#before?.how === 'moved' && this.#place?.kind === 'new')
      await this.#end(this.#place.id);
    return expireCookie && this.#hasEnded ? 'expired' : 'nothing';
  }

  /** Stores a session, and returns whether the client is to get its cookie. */
  async #commitSession(session: Session, id: string): Promise<boolean> {
    const { settings } = this.#shared;
    const { rolling, saveUninitialized } = settings;
    const isUse = settings.isUse(this.#request);
    const place = await this.#placeOf(id);
    if (isUse || place.kind === 'new') session.touch();
    const changes = changesOf(session, this.#base);
    if (!(await this.#storeIfDue(session, place, changes, isUse))) return false;
    if (id !== this.#sentId) return saveUninitialized || this.#isModified;
    if (changes.hasNewCookie) return true;
    return isUse && (rolling || (Boolean(session.cookie.expires) && this.#isModified));
  }

  async #commitLate(): Promise<void> {
    const { session, sessionID } = this.#request;
    if (!session || typeof sessionID !== 'string') return;
    const { kind } = await this.#placeOf(sessionID);
    const { hasNewData, hasNewCookie } = changesOf(session, this.#base);
    if (!hasNewData && (!hasNewCookie || kind === 'new')) return;
    if (kind === 'new') process.emitWarning(LATE, 'SessionWarning');
    else await this.#store(session, sessionID);
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last === undefined ? task() : this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Stores or touches a session, where that is due; `false` when it has ended. */
  async #storeIfDue(
    session: Session,
    { id, kind }: Place,
    changes: Changes,
    isUse: boolean,
  ): Promise<boolean> {
    const { settings, records, touches } = this.#shared;
    const isForced =
      kind === 'new'
        ? settings.saveUninitialized || this.#isModified
        : changes.hasNewCookie || (isUse && settings.resave && !this.#isSaved);
    if (isForced || changes.hasNewData) return this.#store(session, id, changes);
    if (kind === 'gone' || kind === 'ended') return false;
    if (id !== this.#sentId || !isUse || records.touch === undefined) return true;
    if (!touches.isDue(id, this.#touchedAt)) return true;
    touches.note(id);
    return (await records.touch(id, session)) || this.#lose(id, changes);
  }

  /** Stores a session; `false` when it has ended. */
  async #store(
    session: Session,
    id: string,
    changes: Changes = changesOf(session, this.#base),
  ): Promise<boolean> {
    const { records, touches } = this.#shared;
    const place = await this.#placeOf(id);
    if (changes.hasNewData) this.#isModified = true;
    let stored: Base = changes;
    let version: unknown;
    if (place.kind === 'stored') {
      version = await records.update(id, session, place.version, (present) => {
        stored = merge(session, present, this.#base, this.operations) ?? stored;
      });
    } else if (place.kind === 'new' && !this.#isCopyOfEnded(changes)) {
      version = await records.create(id, session);
      if (await this.#hasEndedSince()) {
        await records.destroy(id);
        version = undefined;
      }
    }
    if (version === undefined) return this.#lose(id, changes);
    touches.note(id);
    this.operations.clear();
    this.#isSaved = true;
    this.#place = { id, kind: 'stored', version };
    this.#base = stored;
    return true;
  }

  /** Others ended the session, or this request did. */
  #lose(id: string, { hasNewData }: Changes): false {
    const isOwn = this.#place?.kind === 'ended';
    if (!isOwn) this.#place = { id, kind: 'gone', version: undefined };
    if (!isOwn && hasNewData) this.#shared.events.emit('gone', { id });
    return false;
  }

  /**
   * Whether `regenerate` met a logout, and the handler put nothing into the new session that the
   * one which ended did not have: it would undo the logout.
   */
  #isCopyOfEnded({ texts }: Changes): boolean {
    const before = this.#before;
    if (before?.how !== 'ended') return false;
    return [...texts].every(([key, text]) => before.texts.get(key) === text);
  }

  /** Whether others ended the session that this one took the place of. */
  async #hasEndedSince(): Promise<boolean> {
    const { id, how, at } = this.#before ?? {};
    if (id === undefined || how !== 'moved' || Date.now() - (at ?? 0) >= DEAD_FOR) return false;
    return this.#shared.records.hasEnded(id);
  }

  /** Puts a stored session on the request. */
  #show(id: string, { session, version }: Found): void {
    const { expires, originalMaxAge } = session.cookie;
    this.#touchedAt = expires && originalMaxAge ? new Date(expires).getTime() - originalMaxAge : 0;
    this.#place = { id, kind: 'stored', version };
    this.#request.sessionID = id;
    // Not by the store, which may extend the Store of express-session: the verbs of its sessions go
    // around us.
    this.#base = baseOf(createSession(this.#request as SessionRequest, session));
  }

  #begin(id: string, kind: 'new' | 'gone'): void {
    const session = newSession(this.#request, this.#shared.settings, id);
    this.#place = { id, kind, version: undefined };
    this.#isSaved = false;
    this.#base = baseOf(session);
  }

  /**
   * Where the session with an id is, which need not be the one that the client sent: an application
   * may put another session on the request.
   */
  async #placeOf(id: string): Promise<Place> {
    if (this.#place?.id === id) return this.#place;
    const found = await this.#read(id);
    const isThere = found !== undefined && found !== 'moved';
    this.#base = isThere ? baseOf(found.session) : EMPTY;
    this.#place = isThere
      ? { id, kind: 'stored', version: found.version }
      : { id, kind: found === 'moved' ? 'gone' : 'new', version: undefined };
    return this.#place;
  }

  /** A session that is damaged is none. */
  async #read(id: string): Promise<Found | 'moved' | undefined> {
    try {
      return await this.#shared.records.read(id);
    } catch (error) {
      if (!isSessionError(error, 'invalid-record')) throw error;
      this.#shared.events.emit('rejected', { reason: 'record', id: hashId(id), error });
      return undefined;
    }
  }

  /** Ends the session of an id for one that takes its place. */
  async #move(id: unknown, successor: string): Promise<void> {
    if (typeof id !== 'string') return;
    const { session } = this.#request;
    const texts = session ? baseOf(session).texts : this.#base.texts;
    const { kind } = this.#place?.id === id ? this.#place : { kind: 'stored' };
    const at = Date.now();
    if (kind === 'stored') {
      const how = await this.#shared.records.move(id, successor);
      this.#before = { id, how, at, texts };
    } else if (kind === 'gone' && this.#base.texts.size > 0)
      this.#before = { id, how: 'ended', at, texts };
  }

  async #end(id: unknown): Promise<void> {
    if (typeof id !== 'string') return;
    const { records } = this.#shared;
    const before = this.#before;
    const place = this.#place?.id === id ? this.#place : undefined;
    if (place !== undefined && before?.how === 'moved') await records.destroy(before.id);
    if (place?.kind !== 'new') await records.destroy(id);
    if (id === this.#sentId || before?.id === this.#sentId) this.#hasEnded = true;
    if (place !== undefined) this.#place = { id, kind: 'ended', version: undefined };
  }
}
