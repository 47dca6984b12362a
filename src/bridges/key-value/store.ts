import { hash, randomUUID } from 'node:crypto';
import type { SessionEntry, SessionRecord, SessionStore } from '../../stores/contract.js';
import { createTurns } from './turns.js';

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
 * read meets a value that is half written.
 */
export function keyValueStore(backend: KeyValueBackend, now: () => number): SessionStore<string> {
  const { keys } = backend;
  const inTurn = createTurns();

  async function find(key: string): Promise<KeptRecord | undefined> {
    const value = await backend.get(key);
    return isKept(value) && keyOf(value.id) === key ? value : undefined;
  }

  async function findLive(key: string): Promise<KeptRecord | undefined> {
    const kept = await find(key);
    return kept !== undefined && kept.expiresAt > now() ? kept : undefined;
  }

  async function put(key: string, kept: KeptRecord): Promise<string> {
    await backend.set(key, kept, Math.max(kept.expiresAt - now(), 0) + SWEEP_DELAY);
    return kept.version;
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
      return inTurn(key, async () =>
        (await findLive(key)) === undefined ? put(key, next) : undefined,
      );
    },

    update(id, record, version) {
      const key = keyOf(id);
      const next = { ...record, id, version: randomUUID() };
      return inTurn(key, async () =>
        (await findLive(key))?.version === version ? put(key, next) : undefined,
      );
    },

    touch(id, expiresAt, touchedAt) {
      const key = keyOf(id);
      return inTurn(key, async () => {
        const kept = await findLive(key);
        if (kept === undefined) return false;
        await put(key, { ...kept, expiresAt, touchedAt });
        return true;
      });
    },

    destroy(id, version) {
      const key = keyOf(id);
      return inTurn(key, async () => {
        const kept = await findLive(key);
        if (kept === undefined || (version !== undefined && kept.version !== version)) return false;
        await backend.delete(key);
        return true;
      });
    },
  };
  if (keys === undefined) return verbs;

  async function ownKeys(): Promise<Iterable<string>> {
    return new Set((await keys?.())?.flatMap((name) => KEY.exec(name) ?? []));
  }

  async function* list(): AsyncGenerator<SessionEntry> {
    for (const key of await ownKeys()) {
      const kept = await inTurn(key, () => findLive(key));
      if (kept !== undefined) yield { id: kept.id, record: toRecord(kept) };
    }
  }

  /** Deletes at most `limit` of the records that expire at or before `before`. */
  async function prune(before: number, limit: number): Promise<number> {
    let pruned = 0;
    for (const key of await ownKeys()) {
      if (pruned >= limit) break;
      const isPruned = await inTurn(key, async () => {
        const kept = await find(key);
        if (kept === undefined || kept.expiresAt > before) return false;
        await backend.delete(key);
        return true;
      });
      if (isPruned) pruned++;
    }
    return pruned;
  }

  return {
    ...verbs,
    list,
    prune,

    async *byUser(userId) {
      for await (const entry of list()) if (entry.record.userId === userId) yield entry;
    },

    async count() {
      let live = 0;
      for await (const _ of list()) live++;
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
