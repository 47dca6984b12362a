import { hash, randomUUID } from 'node:crypto';
import {
  eachEntry,
  isMoved,
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
} from '../../stores/contract.js';
import { createLateWrites, isSame, type Write } from './late-writes.js';
import { createListing } from './listing.js';
import { createTurns, PATIENCE, type Turn } from './turns.js';

/** A record as it is kept: an object that JSON can carry. */
export interface KeptRecord extends SessionRecord {
  readonly id: string;
  readonly version: string;
}

/** What {@link keyValueStore} asks of a backend. A rejection means that it failed. */
export interface KeyValueBackend {
  readonly name: string;
  /** What `set` was given; anything else when there is nothing. */
  get(key: string): Promise<unknown>;
  /** The backend may forget the value after `ttl` milliseconds. */
  set(key: string, value: KeptRecord, ttl: number): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * All keys, also those of others, with anything in front. Absent when the backend cannot list.
   */
  keys?: (() => Promise<string[]>) | undefined;
}

/**
 * What the backend keeps a value beyond its deadline, in milliseconds: its clock may be ahead of
 * ours, or count in minutes.
 */
const SWEEP_DELAY = 3_600_000;
const KEY = /session-[0-9a-f]{64}$/;

/**
 * A store on a backend that can only get and set. Comparing and writing are two steps at the
 * backend; every verb waits for its turn, so within this process nothing comes between them, and no
 * read meets a value that is half written. A backend call that is never answered holds up the
 * others of its session for a second; then they and it fail, and who comes next begins anew. A
 * write that lands after that changes nothing.
 */
export function keyValueStore(backend: KeyValueBackend, now: () => number): SessionStore<string> {
  const { keys } = backend;
  const inTurn = createTurns({ name: backend.name, patience: PATIENCE });

  const lateWrites = createLateWrites(now);

  /** What the backend has. */
  async function look(turn: Turn, key: string): Promise<KeptRecord | undefined> {
    const value = await backend.get(key);
    turn.check();
    return isKept(value) && keyOf(value.id) === key ? value : undefined;
  }

  async function find(turn: Turn, key: string): Promise<KeptRecord | undefined> {
    return lateWrites.judge(key, await look(turn, key));
  }

  async function findLive(turn: Turn, key: string): Promise<KeptRecord | undefined> {
    const kept = await find(turn, key);
    return kept !== undefined && kept.expiresAt > now() ? kept : undefined;
  }

  /** Replaces what is there; nothing deletes it. */
  async function write(turn: Turn, key: string, kept: KeptRecord | undefined): Promise<void> {
    turn.check();
    const begun = lateWrites.begin(key, kept);
    let isDone = false;
    try {
      if (kept === undefined) await backend.delete(key);
      else await backend.set(key, kept, Math.max(kept.expiresAt - now(), 0) + SWEEP_DELAY);
      isDone = true;
    } finally {
      if (turn.isGivenUp) void makeGood(key, begun);
      else lateWrites.end(key, begun, isDone);
    }
  }

  /** Looks again after a write that landed late, and puts back what counts. */
  async function makeGood(key: string, landed: Write): Promise<void> {
    try {
      await inTurn(key, async (turn) => {
        const found = await look(turn, key);
        const counting = lateWrites.judge(key, found);
        if (!isSame(found, counting)) await write(turn, key, counting);
        lateWrites.end(key, landed, false);
      });
    } catch {
      // The backend failed. What landed stays noted, and is not believed by those who look.
    }
  }

  async function put(turn: Turn, key: string, kept: KeptRecord): Promise<string> {
    await write(turn, key, kept);
    return kept.version;
  }

  async function remove(turn: Turn, key: string): Promise<boolean> {
    await write(turn, key, undefined);
    return true;
  }

  const verbs: SessionStore<string> = {
    name: backend.name,
    consistency: 'process',

    async read(id) {
      const key = keyOf(id);
      const kept = await inTurn(key, (turn) => findLive(turn, key));
      return kept && { record: toRecord(kept), version: kept.version };
    },

    create(id, record) {
      const key = keyOf(id);
      const next = { ...record, id, version: randomUUID() };
      return inTurn(key, async (turn) =>
        (await findLive(turn, key)) === undefined ? put(turn, key, next) : undefined,
      );
    },

    update(id, record, version) {
      const key = keyOf(id);
      const next = { ...record, id, version: randomUUID() };
      return inTurn(key, async (turn) =>
        (await findLive(turn, key))?.version === version ? put(turn, key, next) : undefined,
      );
    },

    touch(id, expiresAt, touchedAt) {
      const key = keyOf(id);
      return inTurn(key, async (turn) => {
        const kept = await findLive(turn, key);
        if (kept === undefined || isMoved(kept)) return false;
        await put(turn, key, {
          ...kept,
          expiresAt: Math.max(kept.expiresAt, expiresAt),
          touchedAt: Math.max(kept.touchedAt, touchedAt),
        });
        return true;
      });
    },

    destroy(id, version) {
      const key = keyOf(id);
      return inTurn(key, async (turn) => {
        const kept = await findLive(turn, key);
        if (kept === undefined || (version !== undefined && kept.version !== version)) return false;
        return remove(turn, key);
      });
    },
  };
  if (keys === undefined) return verbs;

  async function ownKeys(): Promise<Iterable<string>> {
    return new Set((await keys?.())?.flatMap((name) => KEY.exec(name) ?? []));
  }

  const list = createListing({
    keys: ownKeys,
    async read(key) {
      const kept = await inTurn(key, (turn) => findLive(turn, key));
      return kept && { id: kept.id, record: toRecord(kept) };
    },
  });

  /** Deletes at most `limit` of the records that expire at or before `before`. */
  async function prune(before: number, limit: number): Promise<number> {
    let pruned = 0;
    for (const key of await ownKeys()) {
      if (pruned >= limit) break;
      const isPruned = await inTurn(key, async (turn) => {
        const kept = await find(turn, key);
        return kept !== undefined && kept.expiresAt <= before && remove(turn, key);
      });
      if (isPruned) pruned++;
    }
    return pruned;
  }

  return {
    ...verbs,
    prune,
    list: (page) => list(page, isListed),
    byUser: (userId, page) => list(page, ({ record }) => record.userId === userId),

    async count() {
      let live = 0;
      for await (const _ of eachEntry((page) => list(page, isListed))) live++;
      return live;
    },

    async clear() {
      await prune(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    },
  };
}

/** A key that no backend folds, cuts or splits: backends make paths and prefixes of keys. */
function keyOf(id: string): string {
  // As UTF-16: in UTF-8 all unpaired surrogates are one character, and different ids would share a
  // key.
  return `session-${hash('sha256', Buffer.from(id, 'utf16le'), 'hex')}`;
}

function isKept(value: unknown): value is KeptRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, version, data, expiresAt } = value as Partial<KeptRecord>;
  return (
    typeof id === 'string' &&
    typeof version === 'string' &&
    typeof data === 'string' &&
    typeof expiresAt === 'number'
  );
}

function toRecord({ id: _, version: __, ...record }: KeptRecord): SessionRecord {
  return record;
}

function isListed({ record }: SessionEntry): boolean {
  return !isMoved(record);
}
