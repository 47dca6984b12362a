import { SessionError } from '../../core/errors.js';
import type { SessionRecord, SessionStore, StoredSession } from '../contract.js';
import { isMarked, isReservation, marked, reservation, unmarked } from './marks.js';

/** How often a verb begins again because others were faster. */
const MAX_ATTEMPTS = 200;

/** The two stores of a move. */
export interface Ends {
  readonly from: SessionStore;
  readonly to: SessionStore;
}

/** The two stores, and what is done with a session that is in both. */
export interface Pair extends Ends {
  /** Whether a session of `from` that is in `to` as well is dropped from there. */
  readonly dropsCopies: boolean;
}

/** A session as it was found, and where. */
export interface Located extends StoredSession {
  readonly side: 'from' | 'to';
}

/** Calls `attempt` until it gives something else than `again`. */
export async function persist<Result>(
  attempt: () => Promise<Result | typeof AGAIN>,
): Promise<Result> {
  for (let count = 0; count < MAX_ATTEMPTS; count++) {
    const result = await attempt();
    if (result !== AGAIN) return result;
  }
  throw new SessionError(
    'conflict',
    `Other requests changed this session while it moved, ${MAX_ATTEMPTS} times. Try again.`,
  );
}

/** What an attempt gives when others were faster. */
export const AGAIN: unique symbol = Symbol('again');

/**
 * The session in either store; `undefined` when it is in neither. A move that it meets is finished
 * first.
 */
export function locate(pair: Pair, id: string): Promise<Located | undefined> {
  const { from, to, dropsCopies } = pair;
  let wasAbsent = false;
  return persist(async () => {
    const [here, there] = await Promise.all([from.read(id), to.read(id)]);
    if (here !== undefined && isMarked(here.record)) {
      await settle(pair, id, here.record);
      return AGAIN;
    }
    if (there !== undefined && isMarked(there.record)) {
      // Left by a move in the other direction.
      await settle({ from: to, to: from }, id, there.record);
      return AGAIN;
    }
    const isThere = there !== undefined && !isReservation(there.record);
    if (here !== undefined && !isReservation(here.record)) {
      if (!isThere || !dropsCopies) return { ...here, side: 'from' };
      await dropCopy(pair, id);
      return AGAIN;
    }
    if (isThere) return { ...there, side: 'to' };
    // It may have passed between the two reads.
    if (wasAbsent) return undefined;
    wasAbsent = true;
    return AGAIN;
  });
}

/** Drops a copy that was in `to` while the session itself was still in `from`. */
async function dropCopy({ from, to }: Pair, id: string): Promise<void> {
  const there = await to.read(id);
  const here = await from.read(id);
  const isLive = here !== undefined && !isMarked(here.record) && !isReservation(here.record);
  if (isLive && there !== undefined && !isReservation(there.record))
    await to.destroy(id, there.version);
}

/**
 * Takes a marked record to the end of its way, whoever marked it. Gives what `to` has then. Others
 * may do the same at the same time, and each call may arrive late: the order of the steps is why
 * that is harmless. A session can only end once its mark is gone, and the mark goes only when `to`
 * has the session. So a place in `to` that was seen before the mark is not the one of a session
 * that ended.
 * @throws `store-failed` when `to` does not keep the record; it stays in `from` then.
 */
export function settle(
  { from, to }: Ends,
  id: string,
  { expiresAt }: SessionRecord,
): Promise<StoredSession | undefined> {
  return persist(async () => {
    const place = await placeIn(to, id, expiresAt);
    const mark = await from.read(id);
    if (mark === undefined || !isMarked(mark.record)) return to.read(id);
    if (place === undefined) return AGAIN;
    if (isReservation(place.record)) {
      const version = await to.update(id, unmarked(mark.record), place.version);
      if (version === undefined) return AGAIN;
    }
    return release({ from, to }, id, mark.version);
  });
}

/** Takes a record out of `from`, once `to` has given it back. */
async function release(
  { from, to }: Ends,
  id: string,
  markVersion: unknown,
): Promise<StoredSession | undefined | typeof AGAIN> {
  const arrived = await to.read(id);
  if (arrived === undefined) {
    const mark = await from.read(id);
    if (mark === undefined || !isMarked(mark.record)) return undefined;
    throw notKept(from, to);
  }
  if (isReservation(arrived.record)) return AGAIN;
  await from.destroy(id, markVersion);
  return arrived;
}

/** What `to` has under an id; a reservation, if it had nothing. */
async function placeIn(
  to: SessionStore,
  id: string,
  expiresAt: number,
): Promise<StoredSession | undefined> {
  const record = reservation(expiresAt);
  const version = await to.create(id, record);
  return version === undefined ? to.read(id) : { record, version };
}

/**
 * Writes a record in place of a version that `from` has, and takes it to `to`.
 * @returns what `to` has then; `'refused'` when the version is not the present one.
 */
export async function carry(
  pair: Pair,
  id: string,
  record: SessionRecord,
  version: unknown,
): Promise<StoredSession | undefined | 'refused'> {
  const mark = await pair.from.update(id, marked(record), version);
  return mark === undefined ? 'refused' : settle(pair, id, record);
}

/**
 * Moves a session as it is.
 * @param expiresAt How long its place is kept free, in epoch milliseconds.
 * @returns whether it was in `from`, and this call moved it.
 */
export function moveOne(pair: Pair, id: string, expiresAt: number): Promise<boolean> {
  const { from, to } = pair;
  return persist(async () => {
    // Before the session is read: a touch that comes between sees the place. See verbs.ts.
    const place = await reserve(to, id, expiresAt);
    const found = await locate(pair, id);
    if (found?.side !== 'from') return false;
    if (place === undefined) return AGAIN;
    const mark = await from.update(id, marked(found.record), found.version);
    if (mark === undefined) return AGAIN;
    // The place is older than the mark: if it is as it was, nobody has settled the mark.
    const version = await to.update(id, found.record, place);
    const arrived = version === undefined ? AGAIN : await release(pair, id, mark);
    if (arrived === AGAIN) await settle(pair, id, found.record);
    return true;
  });
}

/** Keeps a place free, anew if it was before; `undefined` when it is taken. */
function reserve(to: SessionStore, id: string, expiresAt: number): Promise<unknown> {
  const record = reservation(expiresAt);
  return persist(async () => {
    const version = await to.create(id, record);
    if (version !== undefined) return version;
    const there = await to.read(id);
    if (there === undefined) return AGAIN;
    if (!isReservation(there.record)) return undefined;
    return (await to.update(id, record, there.version)) ?? AGAIN;
  });
}

function notKept(from: SessionStore, to: SessionStore): SessionError {
  return new SessionError(
    'store-failed',
    `The ${to.name} store did not keep a session that was written to it. See whether it is full, or evicts. The session is still in the ${from.name} store.`,
  );
}
