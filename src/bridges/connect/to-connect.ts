import { isSessionError, SessionError } from '../../core/errors.js';
import { type Duration, milliseconds } from '../../core/internal.js';
import { budgetOf, withDeadline, within } from '../../stores/contract/deadline.js';
import { checkOptions } from '../../stores/contract/options.js';
import { refusedClient } from '../../stores/contract/refused-client.js';
import {
  eachEntry,
  isMoved,
  type PageOptions,
  type SessionPage,
  type SessionRecord,
  type SessionStore,
  supports,
} from '../../stores/contract.js';
import { type StoreTimeoutOption, timeoutOf } from '../deadlines/in-time.js';
import { type Answer, type ConnectSession, damageWarning, parseSession, tell } from './contract.js';
import type { CookieData } from './cookie.js';
import type { Session, SessionRequest } from './session.js';
import { Store } from './store.js';

/** Options of {@link toConnect}. */
export interface ToConnectOptions extends StoreTimeoutOption {
  /** How long a session lives without a request when its cookie has no expiry. Default `'1d'`. */
  readonly idleTimeout?: Duration | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** The inside of a {@link ConnectStore}. */
export interface Inside {
  readonly store: SessionStore;
  /** How long a store call may take, in milliseconds. */
  readonly timeout: number;
  /**
   * The session that a record holds.
   * @throws `invalid-record` when the record is damaged.
   */
  open(record: SessionRecord): ConnectSession;
  /** The record of a session; `present` is the one that it replaces. */
  toRecord(session: ConnectSession | Session, present?: SessionRecord): SessionRecord;
  expiresAt(cookie: CookieData): number;
  now(): number;
}

/** For how many sessions a store remembers that they existed. */
const MAX_REMEMBERED = 10_000;
/** How often a write may start again because others were faster. */
const MAX_ATTEMPTS = 100;

const insides = new WeakMap<object, Inside>();

/** The inside of a store that {@link toConnect} made. */
export function insideOf(store: object): Inside | undefined {
  return insides.get(store);
}

/**
 * A store for express-session. Its methods take a callback, or return a promise when there is none.
 * express-session writes whole sessions, so of two changes the later one wins. But a request that
 * was still running does not bring back a session that has ended.
 */
export class ConnectStore extends Store {
  readonly #inside: Inside;
  readonly #warnOfDamage = damageWarning();
  /** The stored sessions of requests. A session that is not among them is new. */
  readonly #stored = new WeakSet<object>();
  /**
   * Ids that were stored when this process last looked, for frameworks whose sessions do not show
   * whether they are new.
   */
  readonly #ids = new Set<string>();

  constructor(store: SessionStore, inside: Inside) {
    super();
    this.#inside = inside;
    insides.set(this, this.#inside);
    if (supports(store, 'list'))
      this.all = (answer?: Answer<Record<string, ConnectSession>>) =>
        answerTo(this.#all(store), answer);
    if (supports(store, 'count'))
      this.length = (answer?: Answer<number>) => answerTo(store.count(), answer);
    if (supports(store, 'clear')) this.clear = (answer?: Answer) => answerTo(store.clear(), answer);
  }

  get(
    id: string,
    answer?: Answer<ConnectSession | null>,
  ): Promise<ConnectSession | null> | undefined {
    return answerTo(this.#get(id), answer);
  }

  set(id: string, session: ConnectSession | Session, answer?: Answer): Promise<void> | undefined {
    return answerTo(this.#set(id, session), answer);
  }

  override touch(
    id: string,
    session: ConnectSession | Session,
    answer?: Answer,
  ): Promise<void> | undefined {
    const { store, expiresAt, now } = this.#inside;
    const touched = store.touch(id, expiresAt(session.cookie), now());
    return answerTo(
      touched.then(() => undefined),
      answer,
    );
  }

  destroy(id: string, answer?: Answer): Promise<void> | undefined {
    return answerTo(
      this.#inside.store.destroy(id).then(() => undefined),
      answer,
    );
  }

  override createSession(request: SessionRequest, stored: ConnectSession): Session {
    const session = super.createSession(request, stored);
    this.#stored.add(session);
    return session;
  }

  async #get(id: string): Promise<ConnectSession | null> {
    const found = await this.#inside.store.read(id);
    if (found === undefined || isMoved(found.record)) return null;
    const session = this.#open(found.record);
    if (session !== null) this.#remember(id);
    return session;
  }

  async #set(id: string, session: ConnectSession | Session): Promise<void> {
    const { store, toRecord } = this.#inside;
    const isOfRequest = (session as Partial<Session>).req?.sessionStore === this;
    const wasStored = isOfRequest ? this.#stored.has(session) : this.#ids.has(id);
    for (let attempt = 0; ; attempt++) {
      const present = attempt > 0 || wasStored ? await store.read(id) : undefined;
      // It has ended meanwhile.
      if (present === undefined ? wasStored : isMoved(present.record)) return;
      const version =
        present === undefined
          ? await store.create(id, toRecord(session))
          : await store.update(id, toRecord(session, present.record), present.version);
      if (version !== undefined) break;
      if (attempt === MAX_ATTEMPTS)
        throw new SessionError('conflict', 'Other writers of this session were faster. Try again.');
    }
    this.#stored.add(session);
    this.#remember(id);
  }

  async #all(
    store: SessionStore & Required<Pick<SessionStore, 'list'>>,
  ): Promise<Record<string, ConnectSession>> {
    const { timeout } = this.#inside;
    const all: Record<string, ConnectSession> = Object.create(null);
    const list = (page: PageOptions): Promise<SessionPage> =>
      within(budgetOf(timeout), store.name, 'list', () => store.list(page));
    for await (const { id, record } of eachEntry(list)) {
      const session = this.#open(record);
      if (session !== null) all[id] = session;
    }
    return all;
  }

  /** A damaged session counts as absent. */
  #open(record: SessionRecord): ConnectSession | null {
    try {
      return this.#inside.open(record);
    } catch (error) {
      if (!isSessionError(error, 'invalid-record')) throw error;
      this.#warnOfDamage(error);
      return null;
    }
  }

  #remember(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size > MAX_REMEMBERED) this.#ids.delete(this.#ids.values().next().value ?? '');
  }
}

/** Passes a result to a callback; without a callback the promise has it. */
function answerTo<Result>(
  task: Promise<Result>,
  answer: Answer<Result> | undefined,
): Promise<Result> | undefined {
  if (!answer) return task;
  tell(task, answer);
  return undefined;
}

/**
 * Turns any Sojourn store into a store for express-session, @fastify/session and other libraries
 * that take such stores: `session({ store: toConnect(sqliteStore({ ... })) })`.
 * @throws `invalid-option` when `store` is not a Sojourn store.
 */
export function toConnect(store: SessionStore, options: ToConnectOptions = {}): ConnectStore {
  if (typeof store?.read !== 'function') {
    const advice = 'Give a store of Sojourn, for example sqliteStore().';
    throw refusedClient('toConnect', 'store', store, advice);
  }
  checkOptions('toConnect', options, ['idleTimeout', 'storeTimeout', 'now']);
  const { idleTimeout = '1d', storeTimeout, now = Date.now } = options;
  const timeout = timeoutOf(storeTimeout);
  const idle = milliseconds(idleTimeout, 'idleTimeout');
  return new ConnectStore(store, openInside(withDeadline(store, timeout), timeout, idle, now));
}

function openInside(
  store: SessionStore,
  timeout: number,
  idleTimeout: number,
  now: () => number,
): Inside {
  const expiresAt = ({ expires }: CookieData): number =>
    expires ? new Date(expires).getTime() : now() + idleTimeout;

  return {
    store,
    timeout,
    expiresAt,
    now,

    open({ data, expiresAt }) {
      const session = parseSession(data);
      // A touch moves the deadline and leaves the text.
      if (session.cookie.expires) session.cookie.expires = new Date(expiresAt).toJSON() as never;
      return session;
    },

    toRecord(session, present) {
      const touchedAt = now();
      return {
        createdAt: touchedAt,
        ...present,
        data: JSON.stringify(session),
        touchedAt,
        expiresAt: expiresAt(session.cookie),
      };
    },
  };
}
