import type { Session, SessionRequest, SessionVerbs } from '../../bridges/connect/session.js';
import { createSession } from '../../bridges/connect/store.js';
import type { Events } from '../../core/internal.js';
import { baseOf, type Changes, changesOf, isUnchanged } from './changes.js';
import { Kept, type Place } from './kept.js';
import { hashId } from './open-records.js';
import type { Operations } from './operations.js';
import { newSession, type Settings } from './options.js';
import type { Found, Records } from './records.js';
import type { VisitRequest } from './request.js';
import type { Touches } from './touches.js';

/** What the middlewares of one store share. */
export interface Shared {
  readonly settings: Settings;
  readonly records: Records;
  readonly events: Events;
  readonly touches: Touches;
}

/** What the client is to get: the cookie, an expired one, or nothing. */
export type CookieNews = 'sent' | 'expired' | 'nothing';

const LATE =
  'A new session was first written after its response began. Its visitor did not get the cookie, so it was not stored. Write to the session before the response begins.';

/** One request and its session: what the handler sees on `req.session`, and where it is stored. */
export class Visit implements SessionVerbs {
  /** The native verbs, once somebody asked for them. */
  native: object | undefined;
  readonly #request: VisitRequest;
  readonly #shared: Shared;
  /** The id that the client sent, when it was signed. */
  #sentId: string | undefined;
  readonly #kept: Kept;
  /** Whether the handler changed data since the request began, stored or not. */
  #isModified = false;
  #isSaved = false;
  #last: Promise<unknown> | undefined;
  /** When the session was touched last, as far as its cookie tells, in epoch milliseconds. */
  #touchedAt = 0;
  #failure: unknown;

  constructor(request: VisitRequest, shared: Shared) {
    this.#request = request;
    this.#shared = shared;
    this.#kept = new Kept(shared.records, shared.events);
  }

  /**
   * Puts the session that the client asked for on the request, or a new one. Of several ids the
   * first that leads to a session counts.
   */
  async open(ids: readonly string[]): Promise<void> {
    [this.#sentId] = ids;
    let movedId: string | undefined;
    for (const id of ids) {
      const found = await this.#kept.read(id);
      if (found === 'moved') movedId ??= id;
      else if (found !== undefined) {
        this.#sentId = id;
        this.#show(id, found);
        return;
      }
    }
    await this.begin(movedId === undefined ? 'new' : 'gone');
    if (movedId !== undefined) this.#shared.events.emit('gone', { id: hashId(movedId) });
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
    const id = this.#shared.settings.generateId(this.#request);
    if (typeof id !== 'string') {
      id.catch(() => undefined);
      throw new TypeError('genid is asynchronous. Call req.session.regenerate() and wait for it.');
    }
    this.#begin(id, 'new');
    this.#isModified = true;
  }

  save(session: Session): Promise<unknown> {
    return this.#inTurn(async () => {
      const { id } = session;
      // The session has ended, or another one took its place.
      if (id !== this.#request.sessionID) return;
      // A store may keep a session alive whose record has an old deadline, and delete it by that.
      if (this.#kept.place?.kind === 'stored') session.touch();
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
    return this.#inTurn(() => this.#kept.end(session.id));
  }

  regenerate(): Promise<unknown> {
    return this.#inTurn(async () => {
      const id = await this.#shared.settings.generateId(this.#request);
      try {
        const { session, sessionID } = this.#request;
        const { texts } = session ? baseOf(session) : this.#kept.base;
        await this.#kept.move(sessionID, id, texts);
      } finally {
        this.#begin(id, 'new');
        this.#isModified = true;
      }
    });
  }

  /** Ends the session, and begins an empty one in its place. */
  logout(): Promise<unknown> {
    return this.#inTurn(async () => {
      await this.#kept.end(this.#request.sessionID);
      await this.begin();
    });
  }

  /** What native verbs did to the session. */
  get operations(): Operations {
    return this.#kept.operations;
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
    if (this.#kept.place?.kind !== 'new' || this.#kept.place.id !== sessionID) return false;
    return !saveUninitialized && !this.#isModified && isUnchanged(session, this.#kept.base);
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
    if (!session && unset === 'destroy') await this.#kept.end(sessionID);
    const isSent =
      session && typeof sessionID === 'string' && (await this.#commitSession(session, sessionID));
    if (isSent) return 'sent';
    // No client will get the session that replaced this one.
    if (this.#kept.isAwaited) await this.#kept.end(this.#kept.place?.id);
    const hasEnded = this.#sentId !== undefined && this.#kept.hasEnded(this.#sentId);
    return expireCookie && hasEnded ? 'expired' : 'nothing';
  }

  /** Stores a session, and returns whether the client is to get its cookie. */
  async #commitSession(session: Session, id: string): Promise<boolean> {
    const { settings } = this.#shared;
    const { rolling, saveUninitialized } = settings;
    const isUse = settings.isUse(this.#request);
    const place = await this.#kept.placeOf(id);
    if (isUse || place.kind === 'new' || isPast(session)) session.touch();
    const changes = changesOf(session, this.#kept.base);
    if (!(await this.#storeIfDue(session, place, changes, isUse))) return false;
    if (id !== this.#sentId) return saveUninitialized || this.#isModified;
    if (changes.hasNewCookie) return true;
    return isUse && (rolling || (Boolean(session.cookie.expires) && this.#isModified));
  }

  async #commitLate(): Promise<void> {
    const { session, sessionID } = this.#request;
    if (!session || typeof sessionID !== 'string') return;
    const { kind } = await this.#kept.placeOf(sessionID);
    const { hasNewData, hasNewCookie } = changesOf(session, this.#kept.base);
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
    return (await records.touch(id, session)) || this.#kept.lose(id, changes);
  }

  async #store(
    session: Session,
    id: string,
    changes: Changes = changesOf(session, this.#kept.base),
  ): Promise<boolean> {
    if (changes.hasNewData) this.#isModified = true;
    if (!(await this.#kept.store(session, id, changes))) return false;
    this.#shared.touches.note(id);
    this.#isSaved = true;
    return true;
  }

  /** Puts a stored session on the request. */
  #show(id: string, { session, version }: Found): void {
    const { expires, originalMaxAge } = session.cookie;
    this.#touchedAt = expires && originalMaxAge ? new Date(expires).getTime() - originalMaxAge : 0;
    this.#request.sessionID = id;
    // Not by the store, which may extend the Store of express-session: the verbs of its sessions go
    // around us.
    const shown = createSession(this.#request as SessionRequest, session);
    this.#kept.begin({ id, kind: 'stored', version }, shown);
  }

  #begin(id: string, kind: 'new' | 'gone'): void {
    const session = newSession(this.#request, this.#shared.settings, id);
    this.#kept.begin({ id, kind, version: undefined }, session);
    this.#isSaved = false;
  }
}

/**
 * Whether the deadline of a record has passed although the store has it: touches kept it alive, and
 * some stores delete what is stored with a deadline in the past.
 */
function isPast({ cookie: { expires, originalMaxAge } }: Session): boolean {
  return expires instanceof Date && Boolean(originalMaxAge) && expires.getTime() <= Date.now();
}
