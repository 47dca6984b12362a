import { hash } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import type { SessionRecord, SessionStore } from '../stores/contract.js';

/**
 * How often a user's record is written anew when others write it too. All mean the same, so the
 * second try finds nearly always nothing left to do.
 */
const MAX_ATTEMPTS = 10;

/**
 * Which sealed sessions were ended before their deadline: a record for each, and one for each user
 * whose sessions were all ended.
 */
export interface Revocations {
  /** Where they are kept, with its abilities. */
  readonly store: SessionStore;
  /** Whether the session was ended by its id, or with all of its user's. */
  has(id: string, record: SessionRecord): Promise<boolean>;
  /** Ends the session with this id; `false` when that was done before. */
  add(id: string): Promise<boolean>;
  /** Ends every session of the user that began before now. */
  addUser(userId: string): Promise<void>;
}

/**
 * Revocations in `store`, which requests reach through `guarded`. `lifetime`, in milliseconds, is
 * how long a session lives at most.
 */
export function revocationsIn(
  store: SessionStore,
  guarded: SessionStore,
  lifetime: number,
  now: () => number,
): Revocations {
  /** Lasts as long as any session can that began before it. */
  function revocation(): SessionRecord {
    const time = now();
    return { data: '', createdAt: time, touchedAt: time, expiresAt: time + lifetime };
  }

  async function endedWithUser({ userId, createdAt }: SessionRecord): Promise<boolean> {
    if (userId === undefined) return false;
    const found = await guarded.read(userKey(userId));
    // Not in the same millisecond: who ends all sessions of a user may log the user in right after.
    return found !== undefined && createdAt < found.record.createdAt;
  }

  return {
    store,

    async has(id, record) {
      const [ended, withUser] = await Promise.all([guarded.read(id), endedWithUser(record)]);
      return ended !== undefined || withUser;
    },

    add: async (id) => (await guarded.create(id, revocation())) !== undefined,

    async addUser(userId) {
      const key = userKey(userId);
      const record = revocation();
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if ((await guarded.create(key, record)) !== undefined) return;
        const found = await guarded.read(key);
        if (found === undefined) continue;
        if (found.record.createdAt >= record.createdAt) return;
        if ((await guarded.update(key, record, found.version)) !== undefined) return;
      }
      throw new SessionError('conflict', "Others kept writing this user's revocation. Try again.");
    },
  };
}

/** Session ids are UUIDs, so this is never one. */
function userKey(userId: string): string {
  return hash('sha256', `user ${userId}`, 'base64url');
}
