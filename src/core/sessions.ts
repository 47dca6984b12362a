import { type Connection, Request, type RequestHeaders } from '../http/request.js';
import type { HeaderPair, Presented } from '../http/transport.js';
import { storeFailed, withDeadlines } from '../stores/contract/deadline.js';
import {
  requireAbility,
  type SessionEntry,
  type SessionStore,
  type StoreAbility,
} from '../stores/contract.js';
import { clockWatch } from './clock.js';
import { createCommits } from './commit.js';
import { currentOf, runWith } from './context.js';
import { SessionData } from './data.js';
import { isSessionError, SessionError } from './errors.js';
import { createEvents, type SessionEvents, type SessionListener } from './events.js';
import { isExpired } from './expiry.js';
import { Journal } from './journal.js';
import { readOptions, type SessionOptions, type Settings } from './options.js';
import type { Held, Place } from './persistence.js';
import { find } from './rotation.js';
import { type DefaultData, Session, type SessionContext, stateOf } from './session.js';
import type { SessionState } from './state.js';

/**
 * How many expired records one step of {@link Sessions.prune} deletes: below 10 ms where the store
 * answers on this thread.
 */
const PRUNE_STEP = 250;
/** How often {@link Sessions.destroyUser} looks again for sessions that moved while it looked. */
const MAX_SWEEPS = 5;

/** A stored session as the verbs without a request show it. Changing it changes nothing. */
export interface SessionSnapshot<Data extends object = DefaultData> {
  readonly id: string;
  readonly data: Partial<Data>;
  /** In epoch milliseconds, as the other two. */
  readonly createdAt: number;
  readonly touchedAt: number;
  readonly expiresAt: number;
  readonly userId: string | undefined;
  /** Kept with `clientFacts: true`. */
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
}

/** What {@link createSessions} makes. */
export interface Sessions<Data extends object = DefaultData> {
  /**
   * The session of a request: the one that its token leads to, or a new, unsaved one.
   * @throws `store-failed`, `store-timeout` when it cannot be read and `onStoreError` is `'fail'`.
   */
  open(headers: RequestHeaders, connection?: Connection): Promise<Session<Data>>;
  /**
   * Stores what the request changed, and returns the headers to add to the response (see
   * `addHeaders`). Call it before the first byte. What it came to is `session.outcome`.
   * @throws `store-failed`, `store-timeout`, `conflict`, `invalid-value`, `too-large`; the response
   * must then not be sent as if all were well.
   */
  commit(session: Session<Data>): Promise<HeaderPair[]>;
  /**
   * Whether {@link commit} has anything to do or to add. When not, a response need not be held back
   * for it.
   */
  isPending(session: Session<Data>): boolean;
  /**
   * Runs `task` with `session` as the present one: `current()` and the global `session()` give it,
   * asynchronous parts included.
   */
  run<Result>(session: Session<Data>, task: () => Result): Result;
  /**
   * The session of the present request.
   * @throws `no-session` outside a request.
   */
  current(): Session<Data>;
  /** The stored session with this id. */
  read(id: string): Promise<SessionSnapshot<Data> | undefined>;
  /**
   * Ends a session; `false` when there was none. It is dead on the next request, on every server.
   */
  destroy(id: string): Promise<boolean>;
  /**
   * The sessions of a user, the last used first.
   * @throws `unsupported` when the store has no `byUser`.
   */
  ofUser(userId: string): Promise<SessionSnapshot<Data>[]>;
  /**
   * Ends all sessions of a user, or all but one (its id), and returns how many. Sealed sessions are
   * not counted (0), and `except` is `unsupported` with them: log the user in again instead.
   * @throws `unsupported` when the store has no `byUser`.
   */
  destroyUser(userId: string, options?: { except?: string | undefined }): Promise<number>;
  /** Ends every session of the store. */
  destroyAll(): Promise<void>;
  /** Deletes expired records and returns how many. Stores that sweep by themselves need no call. */
  prune(): Promise<number>;
  /** Closes what the store opened. */
  close(): Promise<void>;
  /** Calls `listener` whenever the event happens; returns what stops it. */
  on<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void;
}

/**
 * Sets up sessions: `createSessions<{ cart: Item[] }>({ store: memoryStore() })`.
 * @throws `invalid-option`; the message says what to write instead.
 */
export function createSessions<Data extends object = DefaultData>(
  options: SessionOptions,
): Sessions<Data> {
  return sessionsOver(readOptions(options));
}

/** As {@link createSessions}, for dialects: over settings that no option of ours leads to. */
export function sessionsOver<Data extends object = DefaultData>(
  settings: Settings,
): Sessions<Data> {
  const { persistence, clocks, transport, now, revocations } = settings;
  const events = createEvents();
  const commits = createCommits(settings, events);
  const context: SessionContext = { settings, commits, storeLate };

  const watchClock = clockWatch(now, (by) => events.emit('clockStepped', { by }));

  let hasWarned = false;
  events.on('refused', ({ reason }) => {
    if (!hasWarned)
      process.emitWarning(reason, { type: 'SessionWarning', code: 'SOJOURN_REFUSED' });
    hasWarned = true;
  });

  function storeLate(state: SessionState): void {
    const task = (): Promise<unknown> => commits.save(state);
    state.last = (state.last ?? Promise.resolve())
      .then(task)
      .catch((error) => events.emit('failed', { error }));
  }

  function make(
    request: Request,
    presented: Presented,
    mode: SessionState['mode'] = 'live',
  ): Session<Data> {
    const state: SessionState = {
      request,
      presented,
      journal: new Journal(new SessionData(settings.codec)),
      held: undefined,
      place: undefined,
      commit: undefined,
      createdAt: now(),
      pointer: undefined,
      clientToken: undefined,
      mode,
      hasEnded: false,
      isAccessed: false,
      isTouchAsked: false,
      hasMoved: false,
      hasResponded: false,
      last: undefined,
      failure: undefined,
      outcome: 'unchanged',
    };
    return new Session<Data>(state, context);
  }

  function resume(
    request: Request,
    presented: Presented,
    held: Held,
    data: SessionData,
    clientToken: string,
  ): Session<Data> {
    const session = make(request, presented);
    const state = stateOf(session);
    state.journal = new Journal(data);
    state.held = held;
    state.createdAt = held.record.createdAt;
    state.clientToken = clientToken;
    // A token that an older secret made is sent anew; the touch makes sure that it still is the
    // session's.
    state.isTouchAsked = held.token !== clientToken;
    return session;
  }

  /** The live session that a token leads to. One that cannot be read is reported, and absent. */
  async function follow(
    request: Request,
    presented: Presented,
    token: string,
  ): Promise<Session<Data> | undefined> {
    const place = persistence.locate(token);
    if (typeof place === 'string') {
      events.emit('rejected', { reason: place });
      return undefined;
    }
    return readable(place, async () => {
      const found = await find(place, persistence, settings);
      if (found === undefined) return undefined;
      if (found.kind === 'replay') {
        await commits.end(place.id);
        events.emit('replayed', { id: place.id });
        return undefined;
      }
      const { held, data } = found;
      if (isExpired(clocks, held.record, now())) {
        events.emit('expired', { id: held.id });
        return undefined;
      }
      const session = resume(request, presented, held, data, token);
      if (held.id === place.id) stateOf(session).journal.use(now());
      else if (place.id !== '') stateOf(session).pointer = place.id;
      return session;
    });
  }

  async function readable<Result>(
    place: Pick<Place, 'id'>,
    read: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isSessionError(error, 'invalid-record')) throw error;
      events.emit('rejected', { reason: 'record', id: place.id, error });
      return undefined;
    }
  }

  async function openTokens(request: Request, presented: Presented): Promise<Session<Data>> {
    const { tokens, exclusive } = presented;
    const found: Session<Data>[] = [];
    if (!exclusive || tokens.length === 1) {
      for (const token of tokens) {
        const session = await follow(request, presented, token);
        if (session !== undefined) found.push(session);
      }
    }
    const [session] = found;
    if (session !== undefined && found.length === 1) return session;
    if (tokens.length > 1) events.emit('rejected', { reason: 'duplicate' });
    return make(request, presented);
  }

  async function respond(state: SessionState): Promise<HeaderPair[]> {
    try {
      if (state.failure !== undefined) throw state.failure;
      await commits.respond(state);
      return headersOf(state);
    } catch (error) {
      state.hasResponded = false;
      if (isSessionError(error)) events.emit('failed', { error });
      throw error;
    }
  }

  function headersOf(state: SessionState): HeaderPair[] {
    const { held, presented, clientToken, pointer } = state;
    const pairs: HeaderPair[] = [];
    if (held !== undefined && state.mode === 'live') {
      const isNews = held.token !== clientToken || (transport.persistent && state.hasMoved);
      if (isNews && pointer === undefined) {
        pairs.push(...presented.send(held.token, held.record.expiresAt - now()));
        state.clientToken = held.token;
        state.hasMoved = false;
      }
    } else if (state.hasEnded && presented.tokens.length > 0) {
      pairs.push(...presented.expire());
    }
    if (pairs.length > 0) pairs.push(['Cache-Control', 'no-store']);
    if (pairs.length > 0 || state.isAccessed) pairs.push(['Vary', transport.vary]);
    return pairs;
  }

  function snapshot({ id, record }: SessionEntry, decoded: SessionData): SessionSnapshot<Data> {
    const data: Record<string, unknown> = Object.create(null);
    for (const key of decoded.keys()) data[key] = decoded.get(key);
    const { createdAt, touchedAt, expiresAt, userId, ipAddress, userAgent } = record;
    return {
      id,
      data: data as Partial<Data>,
      createdAt,
      touchedAt,
      expiresAt,
      userId,
      ipAddress,
      userAgent,
    };
  }

  async function read(id: string): Promise<SessionSnapshot<Data> | undefined> {
    requireStore('read');
    return readable({ id }, async () => {
      const found = await find({ id, token: '' }, persistence, settings);
      if (found?.kind !== 'session' || isExpired(clocks, found.held.record, now()))
        return undefined;
      return snapshot(found.held, found.data);
    });
  }

  async function destroy(id: string): Promise<boolean> {
    if (revocations === undefined) requireStore('destroy');
    const wasThere = await commits.end(id);
    if (wasThere) events.emit('destroyed', { id });
    return wasThere;
  }

  async function idsOfUser(userId: string): Promise<string[]> {
    const store = withAbility('byUser');
    const ids: string[] = [];
    try {
      for await (const { id } of withDeadlines(store.byUser(userId), settings.storeTimeout, store))
        ids.push(id);
    } catch (cause) {
      throw storeFailed(store, 'byUser', cause);
    }
    return ids;
  }

  function requireStore(verb: string): SessionStore {
    if (settings.store !== undefined) return settings.store;
    throw new SessionError(
      'unsupported',
      `Sealed sessions are kept by the clients, so '${verb}' cannot reach them. Use a store for this; to end them, give cookieSessions() revocations.`,
    );
  }

  function withAbility<Ability extends StoreAbility>(
    ability: Ability,
    store: SessionStore = requireStore(ability),
  ): SessionStore & Required<Pick<SessionStore, Ability>> {
    requireAbility(store, ability);
    return store;
  }

  return {
    async open(headers, connection = {}) {
      watchClock();
      const request = new Request(headers, connection, settings);
      const presented = transport.receive(request);
      if (presented.tokens.length === 0) return make(request, presented);
      try {
        return await openTokens(request, presented);
      } catch (error) {
        if (!isSessionError(error)) throw error;
        events.emit('failed', { error });
        if (settings.onStoreError === 'anonymous') return make(request, presented, 'stand-in');
        throw error;
      }
    },

    async commit(session) {
      const state = stateOf(session);
      for (let waited: unknown; waited !== state.last; ) {
        waited = state.last;
        await waited;
      }
      // From here on a change would miss this commit.
      state.hasResponded = true;
      if (state.failure === undefined && !commits.isDue(state)) return headersOf(state);
      const turn = respond(state);
      state.last = turn.catch(() => undefined);
      return turn;
    },

    isPending(session) {
      const state = stateOf(session);
      const { isAccessed, last, held, clientToken } = state;
      return (
        isAccessed ||
        last !== undefined ||
        (held !== undefined && held.token !== clientToken) ||
        commits.isDue(state)
      );
    },

    run: (session, task) => runWith(events, session, task),
    current: () => currentOf(events) as Session<Data>,
    read,
    destroy,

    async ofUser(userId) {
      const snapshots: SessionSnapshot<Data>[] = [];
      for (const id of await idsOfUser(userId)) {
        const found = await read(id);
        if (found?.userId === userId) snapshots.push(found);
      }
      return snapshots.sort((one, other) => other.touchedAt - one.touchedAt);
    },

    async destroyUser(userId, { except } = {}) {
      if (revocations !== undefined) {
        if (except !== undefined) throw unsupportedExcept();
        await revocations.addUser(userId);
        return 0;
      }
      let total = 0;
      // A session that regenerates while it is looked for can be missed once: its new record comes
      // before its old one goes.
      for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
        const ids = (await idsOfUser(userId)).filter((id) => id !== except);
        if (ids.length === 0) break;
        for (const id of ids) if (await destroy(id)) total++;
      }
      return total;
    },

    async destroyAll() {
      const store = withAbility('clear');
      await store.clear().catch((cause) => {
        throw storeFailed(store, 'clear', cause);
      });
    },

    async prune() {
      const store = withAbility('prune', revocations?.store);
      let total = 0;
      for (;;) {
        const deleted = await store.prune(now(), PRUNE_STEP).catch((cause) => {
          throw storeFailed(store, 'prune', cause);
        });
        total += deleted;
        if (deleted < PRUNE_STEP) return total;
      }
    },

    async close() {
      await (settings.store ?? revocations?.store)?.close?.();
    },

    on: (name, listener) => events.on(name, listener),
  };
}

function unsupportedExcept(): SessionError {
  return new SessionError(
    'unsupported',
    'Sealed sessions of a user end all together. Leave out except, and call session.login afterwards.',
  );
}
