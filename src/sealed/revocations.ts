import { hash, randomUUID } from 'node:crypto';
import { LONGEST_COOKIE } from '../core/expiry.js';
import { type Budget, budgetOf, type TimedStore } from '../stores/contract/deadline.js';
import type { SessionRecord, SessionStore } from '../stores/contract.js';

/**
 * The sealed sessions that ended before their deadline. Each ended session has a record, and so has
 * each user whose sessions were all ended. The record of a user holds a generation, a random text.
 * A session of another generation is over; no clocks are compared.
 */
export interface Revocations {
  /** The store of the revocations, with all its abilities. */
  readonly store: SessionStore;
  /** Whether the session was ended, alone or together with all sessions of its user. */
  has(
    id: string,
    userId: string | undefined,
    generation: string | undefined,
    budget: Budget,
  ): Promise<boolean>;
  /** The generation that a user's new sessions belong to; `undefined` before the first end. */
  generation(userId: string, budget: Budget): Promise<string | undefined>;
  /** Ends the session with this id; `false` when it had ended before. */
  add(id: string, budget?: Budget): Promise<boolean>;
  /** Ends every session of the user that began before this call. */
  addUser(userId: string): Promise<void>;
}

/** Where revocations are kept, and for how long, in milliseconds. */
export interface RevocationSettings {
  readonly store: SessionStore;
  readonly timed: TimedStore;
  readonly lifetime: number;
  readonly storeTimeout: number;
  readonly now: () => number;
}

/** Revocations in a store, which requests reach through `timed`. */
export function revocationsIn({
  store,
  timed,
  lifetime,
  storeTimeout,
  now,
}: RevocationSettings): Revocations {
  const keptFor = Math.max(lifetime, LONGEST_COOKIE);

  /** A record that lasts as long as any session that began before it. */
  function revocation(data: string): SessionRecord {
    const time = now();
    return { data, createdAt: time, touchedAt: time, expiresAt: time + keptFor };
  }

  async function generation(userId: string, budget: Budget): Promise<string | undefined> {
    return (await timed.read(userKey(userId), budget))?.record.data;
  }

  return {
    store,
    generation,

    async has(id, userId, own, budget) {
      const [ended, present] = await Promise.all([
        timed.read(id, budget),
        userId === undefined ? undefined : generation(userId, budget),
      ]);
      return ended !== undefined || (present !== undefined && present !== own);
    },

    async add(id, budget = budgetOf(storeTimeout)) {
      const name = randomUUID();
      if ((await timed.create(id, revocation(name), budget)) !== undefined) return true;
      // The reply may have been lost, and the client library sent the call again.
      return (await timed.read(id, budget))?.record.data === name;
    },

    async addUser(userId) {
      const budget = budgetOf(storeTimeout);
      const key = userKey(userId);
      const record = revocation(randomUUID());
      for (;;) {
        if ((await timed.create(key, record, budget)) !== undefined) return;
        const found = await timed.read(key, budget);
        if (found === undefined) continue;
        // Refused: another call wrote a generation since, which ends the same sessions.
        await timed.update(key, record, found.version, budget);
        return;
      }
    },
  };
}

/** Session ids are UUIDs, so this is never one. */
function userKey(userId: string): string {
  return hash('sha256', `user ${userId}`, 'base64url');
}
