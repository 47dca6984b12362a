import { SessionError } from '../core/errors.js';
import { type Duration, milliseconds } from '../core/expiry.js';
import { keepListening } from '../notices/channel/listening.js';
import { publisher } from '../notices/channel/publisher.js';
import type { Notices } from '../notices/contract.js';
import { checkOptions } from './contract/options.js';
import { refusedClient } from './contract/refused-client.js';
import { type SessionRecord, type SessionStore, type StoredSession, supports } from './contract.js';

/** Options of {@link tieredStore}. */
export interface TieredStoreOptions<Version = unknown> {
  /**
   * A fast store such as `memoryStore()`, which is read first. It holds copies, and only this
   * tiered store may use it.
   */
  near: SessionStore;
  /**
   * The main store. It gets every write, and every read that `near` cannot answer. Its versions
   * must be numbers or texts.
   */
  far: SessionStore<Version>;
  /**
   * How old a copy may be. Default `'1s'`. For this time a read may miss the changes and logouts of
   * other processes.
   */
  staleness?: Duration | undefined;
  /**
   * How long copies stay in `near` for outages of `far`, which `staleFor` of `onStoreError` then
   * serves; at least as long as that. Default: no longer than `staleness`.
   */
  keepCopies?: Duration | undefined;
  /**
   * Drops copies as soon as another process has written: every write is published, and what others
   * publish is dropped. A notice may get lost, so `staleness` stays the bound. Default none.
   */
  notices?: Notices | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. Give `near` the same clock. */
  now?: (() => number) | undefined;
}

/** Notes that the copy of an id may be older than the last write. */
interface Doubt {
  /** When all copies from before have expired. */
  readonly until: number;
  /** Whether it lasts until then, whatever is dropped meanwhile. */
  readonly isFirm: boolean;
}

/**
 * Puts a fast store in front of another store. Reads are answered from copies that are at most
 * `staleness` old. Writes go to `far` and are compared with its version, so no change is lost and
 * no destroyed session comes back. But a read may be late: a logout in another process is seen here
 * after `staleness` at the latest, and with `notices` as soon as a notice arrives. When one of the
 * two stores fails, the call fails.
 * @throws `invalid-option` when `near` or `far` is not a store, or `staleness` is not a duration.
 */
export function tieredStore<Version>(options: TieredStoreOptions<Version>): SessionStore<Version> {
  checkOptions('tieredStore', options, [
    'near',
    'far',
    'staleness',
    'keepCopies',
    'notices',
    'now',
  ]);
  const { near, far, notices, now = Date.now } = options;
  for (const [name, store] of Object.entries({ near, far })) {
    if (typeof store?.read !== 'function') {
      const advice = 'Give a memoryStore() as near, and the store that counts as far.';
      throw refusedClient('tieredStore', name, store, advice);
    }
  }
  if ((near as SessionStore) === (far as SessionStore))
    throw new SessionError(
      'invalid-option',
      'near and far are the same store. Give near a memoryStore() of its own.',
    );
  if (notices !== undefined && typeof notices.subscribe !== 'function')
    throw new SessionError(
      'invalid-option',
      'notices is no object of notices. Give redisNotices({ client }), or leave it out.',
    );
  const publish = notices && publisher(notices);
  const staleness = milliseconds(options.staleness ?? '1s', 'staleness');
  const keepCopies = Math.max(
    staleness,
    milliseconds(options.keepCopies ?? staleness, 'keepCopies'),
  );
  /**
   * The last read of each id under way at `far`. Only it may leave a copy, and only while no write
   * ended meanwhile.
   */
  const readers = new Map<string, symbol>();
  /** How many copies of each id are on their way to `near`. */
  const copying = new Map<string, number>();
  /** Ids that are read from `far` alone; the one that was put in first ends first. */
  const doubts = new Map<string, Doubt>();
  /** Ends listening to notices; there from the first read on. */
  let stopListening: (() => Promise<void>) | undefined;
  /** Copies from before it do not count. */
  let clearedAt = Number.NEGATIVE_INFINITY;

  async function readFar(id: string): Promise<StoredSession<Version> | undefined> {
    const reader = Symbol(id);
    readers.set(id, reader);
    try {
      const since = now();
      const found = await far.read(id);
      if (found !== undefined && readers.get(id) === reader && !doubts.has(id))
        await leaveCopy(id, copyOf(found, since, since + keepCopies));
      return found;
    } finally {
      if (readers.get(id) === reader) readers.delete(id);
    }
  }

  async function leaveCopy(id: string, copy: SessionRecord): Promise<void> {
    copying.set(id, (copying.get(id) ?? 0) + 1);
    try {
      // The copy from before may be kept for outages.
      if (keepCopies > staleness) await near.destroy(id);
      await near.create(id, copy);
    } catch (error) {
      // Its answer may be lost, and the copy arrive after the next write.
      doubt(id, true);
      throw error;
    } finally {
      const others = (copying.get(id) ?? 1) - 1;
      if (others > 0) copying.set(id, others);
      else copying.delete(id);
    }
  }

  /**
   * Doubts the copy of an id: until a drop of it was answered, or, when a copy may arrive after
   * that, until each copy from before has expired.
   */
  function doubt(id: string, mayArriveLate: boolean): Doubt {
    const time = now();
    for (const [earlier, { until }] of doubts) {
      if (until > time) break;
      doubts.delete(earlier);
    }
    const isFirm = mayArriveLate || doubts.get(id)?.isFirm === true;
    const entry = { until: time + keepCopies, isFirm };
    doubts.delete(id);
    doubts.set(id, entry);
    return entry;
  }

  function isDoubtful(id: string): boolean {
    const found = doubts.get(id);
    if (found !== undefined && found.until <= now()) doubts.delete(id);
    return doubts.has(id);
  }

  /**
   * Drops the copy after a write, also after a refused or failed one: the next read shall see what
   * is there.
   */
  async function write<Result>(id: string, verb: () => Promise<Result>): Promise<Result> {
    try {
      return await verb();
    } finally {
      publish?.({ kind: 'changed', id, handle: undefined });
      await drop(id);
    }
  }

  async function drop(id: string): Promise<void> {
    readers.delete(id);
    const entry = doubt(id, copying.has(id));
    await near.destroy(id);
    if (!entry.isFirm && doubts.get(id) === entry) doubts.delete(id);
  }

  /** A copy that cannot be dropped stays doubtful until it has expired. */
  function listen(): void {
    if (notices === undefined) return;
    stopListening ??= keepListening(notices, ({ id }) => drop(id));
  }

  /** The copy in `near`, when it is no older than this. */
  async function copyIn(id: string, maxAge: number): Promise<SessionRecord | undefined> {
    const copy = (await near.read(id))?.record;
    const time = now();
    // A copy from the future was made before the clock was put back.
    if (copy === undefined || copy.createdAt > time || copy.createdAt <= clearedAt)
      return undefined;
    return copy.createdAt + maxAge > time ? copy : undefined;
  }

  return {
    name: 'tiered',
    ...(far.consistency !== undefined && { consistency: far.consistency }),

    async read(id) {
      listen();
      if (isDoubtful(id)) return readFar(id);
      const copy = await copyIn(id, staleness);
      return copy === undefined ? readFar(id) : originalOf<Version>(copy);
    },

    ...(keepCopies > staleness && {
      async readStale(id, maxAge) {
        const copy = isDoubtful(id) ? undefined : await copyIn(id, maxAge);
        return copy && originalOf<Version>(copy);
      },
    }),

    create: (id, record) => write(id, () => far.create(id, record)),
    update: (id, record, version) => write(id, () => far.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) => write(id, () => far.touch(id, expiresAt, touchedAt)),
    destroy: (id, version) => write(id, () => far.destroy(id, version)),

    ...(supports(far, 'byUser') && { byUser: (userId, page) => far.byUser(userId, page) }),
    ...(supports(far, 'list') && { list: (page) => far.list(page) }),
    ...(supports(far, 'count') && { count: () => far.count() }),
    ...(supports(far, 'prune') && {
      async prune(before, limit) {
        await near.prune?.(before, limit);
        return far.prune(before, limit);
      },
    }),
    ...(supports(far, 'clear') && {
      async clear() {
        await far.clear();
        readers.clear();
        clearedAt = now();
        await near.clear?.();
      },
    }),
    ...((supports(near, 'migrate') || supports(far, 'migrate')) && {
      async migrate() {
        await far.migrate?.();
        await near.migrate?.();
      },
    }),
    ...((notices !== undefined || supports(near, 'close') || supports(far, 'close')) && {
      async close() {
        try {
          await stopListening?.();
          await near.close?.();
        } finally {
          await far.close?.();
        }
      },
    }),
  };
}

/**
 * A copy for `near`: a record that holds the original and its version, and expires when the copy is
 * too old.
 */
function copyOf({ record, version }: StoredSession, since: number, until: number): SessionRecord {
  if (typeof version !== 'number' && typeof version !== 'string') {
    throw new SessionError(
      'unsupported',
      'The far store has versions that are neither numbers nor texts, so they cannot be kept near. Use it alone.',
    );
  }
  const { data, ...rest } = record;
  return {
    data: `${JSON.stringify([version, rest])}\n${data}`,
    createdAt: since,
    touchedAt: since,
    expiresAt: Math.min(until, record.expiresAt),
  };
}

function originalOf<Version>({ data }: SessionRecord): StoredSession<Version> {
  const end = data.indexOf('\n');
  const [version, rest] = JSON.parse(data.slice(0, end));
  return { record: { ...rest, data: data.slice(end + 1) }, version };
}
