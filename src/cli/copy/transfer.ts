import {
  eachEntry,
  isMoved,
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
} from '../../stores/contract.js';
import type { Ledger } from './ledger.js';

/** How many records are on their way at once. */
const AT_ONCE = 32;

/** The two ends of a copy. */
export interface Transfer {
  readonly source: SessionStore & Required<Pick<SessionStore, 'list'>>;
  readonly target: SessionStore;
  readonly ledger: Ledger;
  readonly interrupt: AbortSignal;
}

/** What became of the records of one pass. */
export interface Pass {
  /** The ids that were live at the source. */
  readonly ids: ReadonlySet<string>;
  readonly created: ReadonlySet<string>;
  readonly updated: number;
}

/**
 * Carries every live record of the source over. One that the target has is replaced only when the
 * source's was used later, or changed since it was copied, and only in the version that was
 * compared. One that the target had, and has no more, was ended there, and stays so.
 */
export async function carryAll(
  transfer: Transfer,
  onProgress: (done: number) => void,
): Promise<Pass> {
  const ids = new Set<string>();
  const created = new Set<string>();
  let updated = 0;
  for await (const entries of batches(eachEntry((page) => transfer.source.list(page)))) {
    transfer.interrupt.throwIfAborted();
    const outcomes = await Promise.all(entries.map((entry) => carry(entry, transfer)));
    for (const [index, { id }] of entries.entries()) {
      ids.add(id);
      if (outcomes[index] === 'created') created.add(id);
      if (outcomes[index] === 'updated') updated++;
    }
    onProgress(ids.size);
  }
  return { ids, created, updated };
}

async function carry(
  { id, record }: SessionEntry,
  { target, ledger }: Transfer,
): Promise<'created' | 'updated' | 'left'> {
  let wasThere = ledger.copies.get(id)?.isDone === true;
  for (;;) {
    const found = await target.read(id);
    const isLeft =
      found === undefined ? wasThere : isMoved(found.record) || !isNewer(record, found.record);
    wasThere ||= found !== undefined;
    // A target may refuse, and then would for ever, what ended by its deadline since it was listed.
    if (isLeft || record.expiresAt <= Date.now()) return 'left';
    ledger.begin(id, record.touchedAt);
    const version =
      found === undefined
        ? await target.create(id, record)
        : await target.update(id, record, found.version);
    if (version === undefined) continue;
    ledger.done(id);
    return found === undefined ? 'created' : 'updated';
  }
}

/**
 * Whether the source's record says more than the target's. Two changes within one millisecond
 * differ in their data alone.
 */
function isNewer(source: SessionRecord, target: SessionRecord): boolean {
  return (
    source.touchedAt > target.touchedAt ||
    (source.touchedAt === target.touchedAt && source.data !== target.data)
  );
}

/**
 * Ends the copies whose originals are gone from the source, so that nobody who signed out there is
 * signed in here. A copy that a server of the target has used since is left alone.
 */
export async function endOrphans(
  { source, target, ledger, interrupt }: Transfer,
  live: ReadonlySet<string>,
): Promise<number> {
  let ended = 0;
  for (const [id, { touchedAt }] of ledger.copies) {
    interrupt.throwIfAborted();
    if (live.has(id) || (await isThere(source, id))) continue;
    const copy = await target.read(id);
    if (copy?.record.touchedAt === touchedAt && (await target.destroy(id, copy.version))) ended++;
  }
  return ended;
}

/** The ids that are live at the source and absent from the target. */
export async function findAbsent(
  { source, target, interrupt }: Transfer,
  ids: ReadonlySet<string>,
  onProgress: (done: number) => void,
): Promise<string[]> {
  const found: string[] = [];
  let done = 0;
  for await (const batch of batches(ids)) {
    interrupt.throwIfAborted();
    const absent = await Promise.all(
      batch.map(async (id) => (await target.read(id)) === undefined && (await isThere(source, id))),
    );
    found.push(...batch.filter((_, index) => absent[index]));
    done += batch.length;
    onProgress(done);
  }
  return found;
}

/** Whether a session is there, and not merely the trace of one that ended or moved. */
async function isThere(store: SessionStore, id: string): Promise<boolean> {
  const found = await store.read(id);
  return found !== undefined && !isMoved(found.record);
}

async function* batches<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
