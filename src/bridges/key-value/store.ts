import { hash, randomUUID } from 'node:crypto';
import {
  eachEntry,
  isMoved,
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
} from '../../stores/contract.js';
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
 * others of its session for a second; then they and it fail, and who comes next begins anew.
 */
export function keyValueStore(backend: KeyValueBackend, now: () => number): SessionStore<string> {
  const { keys } = backend;
  const inTurn = createTurns({ name: backend.name, patience: PATIENCE });

  async function find(key: string): Promise<KeptRecord | undefined> {
    const value = await backend.get(key);
    return isKept(value) && keyOf(value.id) === key ? value : undefined;
  }

  async function findLive(key: string): Promise<KeptRecord | undefined> {
    const kept = await find(key);
    return kept !== undefined && kept.expiresAt > now() ? kept : undefined;
  }

  async function put(turn: Turn, key: string, kept: KeptRecord): Promise<string> {
    turn.check();
    await backend.set(key, kept, Math.max(kept.expiresAt - now(), 0) + SWEEP_DELAY);
    return kept.version;
  }

  async function remove(turn: Turn, key: string): Promise<boolean> {
    turn.check();
    await backend.delete(key);
    return true;
  }

  const verbs: SessionStore<string> = {
    name: backend.name,
    consistency: 'process',

    async read(id) {
      const key = keyOf(id);
      const kept = await inTurn(key, () => findLive(key));
      return kept && { record: toRecord(kept), version: kept.version };
    },

    create(id, record) {
      const key = keyOf(id);
      const next = { ...record, id, version: randomUUID() };
      return inTurn(key, async (turn) =>
        (await findLive(key)) === undefined ? put(turn, key, next) : undefined,
      );
    },

    update(id, record, version) {
      const key = keyOf(id);
      const next = { ...record, id, version: randomUUID() };
      return inTurn(key, async (turn) =>
        (await findLive(key))?.version === version ? put(turn, key, next) : undefined,
      );
    },

    touch(id, expiresAt, touchedAt) {
      const key = keyOf(id);
      return inTurn(key, async (turn) => {
        const kept = await findLive(key);
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
        const kept = await findLive(key);
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
      const kept = await inTurn(key, () => findLive(key));
      return kept && { id: kept.id, record: toRecord(kept) };
    },
  });

  /** Deletes at most `limit` of the records that expire at or before `before`. */
  async function prune(before: number, limit: number): Promise<number> {
    let pruned = 0;
    for (const key of await ownKeys()) {
      if (pruned >= limit) break;
      const isPruned = await inTurn(key, async (turn) => {
        const kept = await find(key);
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
