import type { ConnectSession } from '../../bridges/connect/contract.js';
import { Cookie, type CookieData, reviveCookie } from '../../bridges/connect/cookie.js';
import type { Session, SessionRequest, SessionVerbs } from '../../bridges/connect/session.js';
import { createSession } from '../../bridges/connect/store.js';
import {
  isLive,
  type Session as NativeSession,
  type Outcome,
  planAt,
  type Sessions,
} from '../../core/internal.js';
import { newSession, type Settings } from './options.js';
import { touched } from './persistence.js';
import type { VisitRequest } from './request.js';
import type { Texts } from './sessions.js';

/** What a handler changed. */
interface Changes {
  /** The texts of all data as they are now. */
  readonly texts: ReadonlyMap<string, string>;
  /** Those that differ from what is stored; `undefined` for what was removed. */
  readonly data: ReadonlyMap<string, string | undefined>;
  /** Whether the cookie changed, other than by a touch. */
  readonly hasNewCookie: boolean;
}

const LATE =
  'A new session was first written after its response began. Its visitor did not get the cookie, so it was not stored. Write to it before.';

/**
 * One request and its session: what the handler sees on `req.session`, and the native session it is
 * stored by.
 */
export class Visit implements SessionVerbs {
  readonly #request: VisitRequest;
  readonly #settings: Settings;
  readonly #sessions: Sessions<Texts>;
  /** The id that the client sent, when it was signed. */
  readonly #sentId: string | undefined;
  #native: NativeSession<Texts> | undefined;
  /** The id of `#native`. */
  #id: string | undefined;
  /** The id of a session that was begun here, and is not stored yet. */
  #newId: string | undefined;
  /** The texts of the data as they were read or written last. */
  #known: ReadonlyMap<string, string> = new Map();
  /** The attributes of the cookie, likewise. */
  #knownCookie = '';
  /** Whether the handler changed data since the request began, stored or not. */
  #isModified = false;
  #isSaved = false;
  #last: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  constructor(
    request: VisitRequest,
    sentId: string | undefined,
    settings: Settings,
    sessions: Sessions<Texts>,
  ) {
    this.#request = request;
    this.#sentId = sentId;
    this.#settings = settings;
    this.#sessions = sessions;
  }

  /** Puts the session that the client asked for on the request, or a new one. */
  async open(id: string): Promise<void> {
    const native = await this.#sessions.open({ id });
    if (native.isNew) this.begin();
    else this.#show(native, id);
  }

  /** Puts a new session on the request. Nothing is stored of it yet. */
  begin(): void {
    const { id, cookie } = newSession(this.#request, this.#settings);
    this.#newId = id;
    this.#id = undefined;
    this.#isSaved = false;
    this.#known = new Map();
    this.#knownCookie = attributesOf(cookie);
  }

  /**
   * As {@link begin}, in place of another session. express-session stores such a one even when
   * nothing is put into it.
   */
  generate(): void {
    this.begin();
    this.#isModified = true;
  }

  save(session: Session): Promise<unknown> {
    return this.#inTurn(async () => {
      // The session has ended, or another one took its place.
      const { id } = session;
      if (id === this.#request.sessionID)
        await this.#store(session, id, await this.#changesOf(session, id));
    });
  }

  reload(session: Session): Promise<unknown> {
    return this.#inTurn(async () => {
      const native = await this.#nativeOf(session.id);
      const outcome = native.isNew ? 'gone' : await native.reload();
      if (outcome === 'gone') throw new Error('failed to load session');
      this.#show(native, session.id);
    });
  }

  destroy(session: Session): Promise<unknown> {
    return this.#inTurn(() => this.#end(session.id));
  }

  regenerate(): Promise<unknown> {
    return this.#inTurn(async () => {
      try {
        await this.#end(this.#request.sessionID);
      } finally {
        this.generate();
      }
    });
  }

  failed(error: unknown): void {
    this.#failure ??= error;
  }

  /** Waits for the verbs that were called. */
  async settled(): Promise<void> {
    for (let waited: unknown; waited !== this.#last; ) {
      waited = this.#last;
      await waited;
    }
  }

  /**
   * Stores what is to be stored with the response, and returns whether the client is to get the
   * cookie.
   */
  commit(): Promise<boolean> {
    return this.#inTurn(() => this.#commit());
  }

  /** Stores what the handler changed after {@link commit}, while it wrote the body. */
  async commitLate(): Promise<void> {
    await this.settled();
    await this.#inTurn(() => this.#commitLate());
  }

  async #commit(): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure;
    const { session, sessionID } = this.#request;
    const { unset, rolling, saveUninitialized } = this.#settings;
    if (!session) {
      if (unset === 'destroy') await this.#end(sessionID);
      return false;
    }
    if (typeof sessionID !== 'string') return false;
    session.touch();
    const changes = await this.#changesOf(session, sessionID);
    const outcome = await this.#storeIfDue(session, sessionID, changes);
    if (outcome === 'gone') return false;
    if (sessionID !== this.#sentId) return saveUninitialized || this.#isModified;
    return rolling || changes.hasNewCookie || (Boolean(session.cookie.expires) && this.#isModified);
  }

  async #commitLate(): Promise<void> {
    const { session, sessionID } = this.#request;
    if (!session || typeof sessionID !== 'string') return;
    const changes = await this.#changesOf(session, sessionID);
    if (changes.data.size === 0 && (!changes.hasNewCookie || sessionID === this.#newId)) return;
    if (sessionID !== this.#newId) await this.#store(session, sessionID, changes);
    else process.emitWarning(LATE, 'SessionWarning');
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #storeIfDue(session: Session, id: string, changes: Changes): Promise<Outcome> {
    const { saveUninitialized, resave, store } = this.#settings;
    const { data, hasNewCookie } = changes;
    const isForced =
      id === this.#newId
        ? saveUninitialized || this.#isModified
        : hasNewCookie || (resave && !this.#isSaved);
    if (isForced || data.size > 0) return this.#store(session, id, changes);
    if (id !== this.#sentId || typeof store.touch !== 'function') return 'unchanged';
    const native = await this.#nativeOf(id);
    if (!isLive(native)) return 'gone';
    native.touch();
    return native.save();
  }

  /** What differs from the stored session. */
  async #changesOf(session: Session, id: string): Promise<Changes> {
    if (id !== this.#newId) await this.#nativeOf(id);
    // Of a session that was copied as JSON and assigned.
    if (!(session.cookie instanceof Cookie)) session.cookie = reviveCookie(session.cookie);
    const texts = textsOf(session);
    const data = new Map<string, string | undefined>();
    for (const [key, text] of texts) if (this.#known.get(key) !== text) data.set(key, text);
    for (const key of this.#known.keys()) if (!texts.has(key)) data.set(key, undefined);
    return { texts, data, hasNewCookie: attributesOf(session.cookie) !== this.#knownCookie };
  }

  async #store(
    session: Session,
    id: string,
    { texts, data, hasNewCookie }: Changes,
  ): Promise<Outcome> {
    const native = await this.#nativeOf(id);
    if (!isLive(native)) return 'gone';
    const cookie = new Cookie(session.cookie);
    if (data.size > 0) this.#isModified = true;
    // Of a cookie that only lasts longer, what another request made of it is kept.
    native.update(['cookie'], (present) =>
      JSON.stringify(
        present === undefined || hasNewCookie
          ? cookie
          : touched(parseCookie(present), touchedAt(cookie)),
      ),
    );
    for (const [key, text] of data) native.set([key], text);
    const outcome = await native.save();
    if (outcome === 'gone') return outcome;
    this.#isSaved = true;
    if (id === this.#newId) this.#newId = undefined;
    this.#adopt(session, native, texts);
    return outcome;
  }

  /** Shows what other requests stored meanwhile, unless the handler changed the same key since. */
  #adopt(session: Session, native: NativeSession<Texts>, sent: ReadonlyMap<string, string>): void {
    const properties = session as unknown as Record<string, unknown>;
    const present = textsOf(session);
    const { cookie, ...stored } = native.all();
    for (const [key, text] of Object.entries(stored)) {
      if (text !== sent.get(key) && present.get(key) === sent.get(key))
        properties[key] = JSON.parse(text as string);
    }
    for (const key of sent.keys())
      if (!(key in stored) && present.get(key) === sent.get(key)) delete properties[key];
    const fresh = parseCookie(cookie as string);
    if (attributesOf(fresh) !== attributesOf(session.cookie)) session.cookie = fresh;
    this.#know(native);
  }

  #know(native: NativeSession<Texts>): void {
    const { cookie, ...texts } = native.all();
    this.#known = new Map(Object.entries(texts as Texts));
    this.#knownCookie = cookie === undefined ? '' : attributesOf(parseCookie(cookie));
  }

  /** Puts a stored session on the request. */
  #show(native: NativeSession<Texts>, id: string): void {
    this.#take(native, id);
    const session = Object.fromEntries(
      Object.entries(native.all()).map(([key, text]) => [key, JSON.parse(text as string)]),
    );
    this.#request.sessionID = id;
    // Not by the store, which may extend the Store of express-session: the verbs of its sessions go
    // around us.
    createSession(this.#request as SessionRequest, session as unknown as ConnectSession);
  }

  #take(native: NativeSession<Texts>, id: string): void {
    this.#native = native;
    this.#id = id;
    this.#know(native);
  }

  /**
   * The native session with an id, which need not be the one that the client sent: an application
   * may put another session on the request.
   */
  async #nativeOf(id: string): Promise<NativeSession<Texts>> {
    if (this.#native !== undefined && this.#id === id) return this.#native;
    const native = await this.#sessions.open(id === this.#newId ? {} : { id });
    if (native.isNew) planAt(native, { id, token: id });
    this.#take(native, id);
    return native;
  }

  async #end(id: unknown): Promise<void> {
    if (typeof id !== 'string' || id === this.#newId) return;
    const native = await this.#nativeOf(id);
    await native.destroy();
  }
}

function textsOf(session: Session): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(session)) {
    if (key === 'cookie') continue;
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) texts.set(key, text);
  }
  return texts;
}

/** All about a cookie that does not move with a touch. */
function attributesOf({ data }: Cookie): string {
  const { originalMaxAge, expires, ...attributes } = data;
  const age = typeof originalMaxAge === 'number' ? originalMaxAge : (expires ?? null);
  return JSON.stringify([age, attributes]);
}

/** When the age of a cookie began anew, in epoch milliseconds. */
function touchedAt({ expires, originalMaxAge }: Cookie): number {
  return expires instanceof Date && typeof originalMaxAge === 'number'
    ? expires.getTime() - originalMaxAge
    : Date.now();
}

function parseCookie(text: string): Cookie {
  return reviveCookie(JSON.parse(text) as CookieData);
}
