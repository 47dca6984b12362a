import { type Budget, budgetOf } from '../stores/contract/deadline.js';
import {
  type PageOptions,
  requireAbility,
  type SessionPage,
  type SessionStore,
  type StoreAbility,
} from '../stores/contract.js';
import { changeSession, changeSessionsOf } from './change.js';
import { endSession, reportEnd } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import { SessionError } from './errors.js';
import { CLOCK_SKEW, clockMilliseconds, clocksOf, type Duration, expiredBy } from './expiry.js';
import { refuseUnknown } from './known-options.js';
import { find, readable } from './renewal.js';
import type { DefaultData, Session } from './session.js';
import { isHeld, listed, type SessionSnapshot, snapshotOf } from './snapshots.js';
import { callStore } from './store-call.js';
import { checkUserId, endUser, sessionsOfUser } from './users.js';
import type { Outcome } from './visit-states.js';

/** How many expired records one step of {@link Directory.prune} deletes. */
const PRUNE_STEP = 250;
const DEFAULT_LIMIT = 50;

/** Options of {@link Directory.list}. */
export interface ListOptions {
  /** The `next` of the previous page. */
  readonly after?: string | undefined;
  /** The most sessions that one page reads from the store. Default 50. */
  readonly limit?: number | undefined;
  /** Lists only the sessions of this user. */
  readonly user?: string | undefined;
  /** Lists only sessions whose last use is longer ago than this. */
  readonly idleFor?: Duration | undefined;
  /** Lists only sessions that began, or whose user logged in, longer ago than this. */
  readonly olderThan?: Duration | undefined;
}

/** A page of sessions. It may hold fewer than `limit`, or none, although more pages follow. */
export interface SessionList<Data extends object = DefaultData> {
  readonly sessions: SessionSnapshot<Data>[];
  /** Pass this as `after` to get the next page; `undefined` on the last page. */
  readonly next: string | undefined;
}

/**
 * Options of {@link Directory.destroyUser}: a session that stays, or the only one that ends, by
 * handle or by id.
 */
export interface DestroyUserOptions {
  readonly except?: string | undefined;
  readonly only?: string | undefined;
}

/**
 * Methods for sessions outside a request. When a session has got a new id, the old id still finds
 * it for a while (at least `deadFor`). With `cookieSessions()`, methods that read or change stored
 * sessions throw `unsupported`.
 */
export interface Directory<Data extends object = DefaultData> {
  /**
   * The stored session with this id; `undefined` when there is none, or when it cannot be read.
   * @throws `unsupported` with `cookieSessions()`.
   */
  read(id: string): Promise<SessionSnapshot<Data> | undefined>;
  /**
   * A page of all live sessions, or of the live sessions of one user.
   * @throws `unsupported` when the store has no `list`, or no `byUser`.
   */
  list(options?: ListOptions): Promise<SessionList<Data>>;
  /**
   * How many sessions the store holds.
   * @throws `unsupported` when the store has no `count`.
   */
  count(): Promise<number>;
  /**
   * The sessions of a user, the most recently used first.
   * @throws `unsupported` when the store has no `byUser`.
   */
  ofUser(userId: string): Promise<SessionSnapshot<Data>[]>;
  /**
   * Changes a session outside its requests: `change(id, (session) => session.set('plan', 'pro'))`.
   * Changes of requests that run meanwhile are not lost. The result is `gone` when there is no
   * session.
   * @throws `store-failed`, `store-timeout`, `conflict`, `invalid-value`, `too-large`;
   * `invalid-record` when the session cannot be read; `unsupported` with `cookieSessions()`.
   */
  change(id: string, task: (session: Session<Data>) => unknown): Promise<Outcome>;
  /**
   * Like {@link change}, for every readable session of a user. Returns how many sessions were
   * changed.
   * @throws `unsupported` when the store has no `byUser`.
   */
  changeUser(userId: string, task: (session: Session<Data>) => unknown): Promise<number>;
  /**
   * Ends a session, for the next request on every server. Returns `false` when there was none.
   * @throws `unsupported` with `cookieSessions()` that has no `revocations`.
   */
  destroy(id: string): Promise<boolean>;
  /**
   * Ends all sessions of a user, all `except` one, or `only` one (by handle or id). Returns how
   * many ended. Sessions that get a new id meanwhile end too. With `cookieSessions()` all sessions
   * of the user end together, and the result is 0.
   * @throws `unsupported` when the store has no `byUser`; with `cookieSessions()` when `except` or
   * `only` is set, or `revocations` is missing. `conflict` when the user keeps logging in
   * meanwhile.
   */
  destroyUser(userId: string, options?: DestroyUserOptions): Promise<number>;
  /**
   * Ends every session in the store.
   * @throws `unsupported` when the store has no `clear`.
   */
  destroyAll(): Promise<void>;
  /**
   * Deletes expired records and returns how many. Records stay for ten minutes after their
   * deadline, since the clocks of servers differ. Stores that delete expired records by themselves
   * need no call.
   * @throws `unsupported` when the store has no `prune`.
   */
  prune(): Promise<number>;
  /** Closes the store: the connections, files and timers that it opened. */
  close(): Promise<void>;
}

export function createDirectory<Data extends object>(engine: Engine): Directory<Data> {
  const { settings } = engine;
  const { persistence, clocks, now, storeTimeout } = settings;
  const budget = (): Budget => budgetOf(storeTimeout);

  async function read(id: string): Promise<SessionSnapshot<Data> | undefined> {
    requireStore('read');
    const found = await readable(() => find({ id, token: '' }, 'id', settings, budget()));
    if (found === 'unreadable') {
      engine.events.emit('rejected', { reason: 'record', id });
      return undefined;
    }
    if (found?.kind !== 'session') return undefined;
    const { held, data } = found;
    if (expiredBy(clocksOf(clocks, data.facts), held.record, now()) !== undefined) return undefined;
    return snapshotOf(held, data);
  }

  async function destroy(id: string): Promise<boolean> {
    if (persistence.revoke !== undefined) {
      const wasThere = await persistence.revoke.session(id);
      if (wasThere) reportEnd(engine, { id, handle: undefined }, 'revoked');
      return wasThere;
    }
    requireStore('destroy');
    const ended = await endSession(engine, { id, token: '' }, 'id', 'revoked', budget());
    return ended !== undefined;
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

  /** A page of all sessions, or of a user's. */
  async function pageOf(user: string | undefined, page: PageOptions): Promise<SessionPage> {
    if (user === undefined) {
      const store = withAbility('list');
      return callStore(engine, store, 'list', () => store.list(page));
    }
    const store = withAbility('byUser');
    const userId = checkUserId(user);
    return callStore(engine, store, 'byUser', () => store.byUser(userId, page));
  }

  return {
    read,
    destroy,

    async list(options = {}) {
      refuseUnknown(options, ['after', 'limit', 'user', 'idleFor', 'olderThan']);
      const { after, limit = DEFAULT_LIMIT, user, idleFor, olderThan } = options;
      if (!Number.isSafeInteger(limit) || limit < 1) throw invalidLimit(limit);
      const page = await pageOf(user, { after, limit });
      const before = (duration: Duration | undefined, option: string): number | undefined =>
        duration === undefined ? undefined : now() - clockMilliseconds(duration, option);
      const usedBefore = before(idleFor, 'idleFor');
      const begunBefore = before(olderThan, 'olderThan');
      const sessions: SessionSnapshot<Data>[] = [];
      for (const entry of page.entries) {
        const found = await listed<Data>(engine, entry);
        if (found === undefined) continue;
        if (usedBefore !== undefined && found.touchedAt >= usedBefore) continue;
        if (begunBefore !== undefined && found.createdAt >= begunBefore) continue;
        sessions.push(found);
      }
      return { sessions, next: page.next };
    },

    async count() {
      const store = withAbility('count');
      return callStore(engine, store, 'count', () => store.count());
    },

    async ofUser(userId) {
      const store = withAbility('byUser');
      const snapshots: SessionSnapshot<Data>[] = [];
      for (const session of await sessionsOfUser(engine, store, userId))
        if (await isHeld(engine, session.id, session.data.facts))
          snapshots.push(snapshotOf<Data>(session, session.data));
      return snapshots.sort((one, other) => other.touchedAt - one.touchedAt);
    },

    async change(id, task) {
      requireStore('change');
      return changeSession<Data>(engine, id, task);
    },

    async changeUser(userId, task) {
      return changeSessionsOf<Data>(engine, withAbility('byUser'), userId, task);
    },

    async destroyUser(userId, options = {}) {
      checkUserId(userId);
      refuseUnknown(options, ['except', 'only']);
      if (persistence.revoke !== undefined) {
        if (options.except !== undefined || options.only !== undefined) throw unsupportedChoice();
        await persistence.revoke.user(userId);
        return 0;
      }
      return endUser(engine, withAbility('byUser'), userId, options);
    },

    async destroyAll() {
      const store = withAbility('clear');
      await callStore(engine, store, 'clear', () => store.clear());
    },

    async prune() {
      const { backend } = settings;
      const store = withAbility('prune', backend ?? requireStore('prune'));
      let total = 0;
      for (;;) {
        const before = now() - CLOCK_SKEW;
        const deleted = await callStore(engine, store, 'prune', () =>
          store.prune(before, PRUNE_STEP),
        );
        total += deleted;
        if (deleted < PRUNE_STEP) return total;
      }
    },

    async close() {
      await settings.backend?.close?.();
    },
  };
}

function invalidLimit(limit: unknown): SessionError {
  return new SessionError(
    'invalid-option',
    `limit is ${String(limit)}. Give a whole number from 1 on.`,
  );
}

function unsupportedChoice(): SessionError {
  return new SessionError(
    'unsupported',
    'Sealed sessions of a user all end together. Leave out except and only, and call session.login afterwards.',
  );
}
