import { inspect } from 'node:util';
import { SessionError } from '../../core/errors.js';
import { refuseUnknown } from '../../core/known-options.js';
import {
  eachEntry,
  isMoved,
  type PageOptions,
  requireAbility,
  type SessionEntry,
  type SessionPage,
  type SessionStore,
  supports,
} from '../contract.js';
import { isReservation } from './marks.js';
import { moveOne, type Pair } from './passage.js';

/** How many sessions are on their way at once, and on a page of a list. */
const AT_ONCE = 32;

/** Options of `move`. */
export interface MoveOptions {
  /** The most sessions to move in a second. Default: as many as the stores can take. */
  readonly perSecond?: number | undefined;
  /** Ends the move after the present page. Sessions that have moved stay in `to`. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a move is. */
export interface MoveProgress {
  /** How many sessions this call has moved. */
  readonly moved: number;
  /** How many sessions were in `from` when the call began; `undefined` if `from` has no `count`. */
  readonly total: number | undefined;
  /** How many sessions this call has moved in a second, on average. */
  readonly perSecond: number;
}

/** The sessions in each of the two stores. */
export interface MoveCheck {
  /** How many sessions are still in `from`. */
  readonly left: number;
  /** How many sessions are in `to`. */
  readonly arrived: number;
  /** The ids of sessions that are in both stores. */
  readonly twice: readonly string[];
}

type ListStore = SessionStore & Required<Pick<SessionStore, 'list'>>;

/** @throws `invalid-option`. */
export function checkMoveOptions(options: MoveOptions): void {
  refuseUnknown(options, ['perSecond', 'signal'], 'move');
  const { perSecond = Infinity } = options;
  if (typeof perSecond === 'number' && perSecond > 0) return;
  throw new SessionError(
    'invalid-option',
    `perSecond is ${inspect(perSecond)}. Give a number above 0, or leave it out.`,
  );
}

/** Moves all sessions of `from`, until a pass through it finds none. */
export async function* moveAll(
  pair: Pair,
  { perSecond = Infinity, signal }: MoveOptions,
): AsyncGenerator<MoveProgress> {
  const { from } = pair;
  requireAbility(from, 'list');
  const total = await from.count?.();
  const beganAt = performance.now();
  let moved = 0;
  let movedBefore = -1;
  while (movedBefore < moved) {
    movedBefore = moved;
    for await (const page of pagesOf(from, Math.min(AT_ONCE, Math.ceil(perSecond)))) {
      if (signal?.aborted) return;
      const outcomes = await Promise.all(page.map((entry) => moveEntry(pair, entry)));
      moved += outcomes.filter(Boolean).length;
      const seconds = (performance.now() - beganAt) / 1000;
      yield { moved, total, perSecond: moved / Math.max(seconds, 0.001) };
      await pause((moved / perSecond - seconds) * 1000, signal);
    }
  }
}

/** Moves a session, and what its user's sessions left when they got new tokens. */
async function moveEntry(pair: Pair, { id, record }: SessionEntry): Promise<boolean> {
  const { from } = pair;
  const { userId } = record;
  if (userId !== undefined && supports(from, 'byUser')) {
    const traces: SessionEntry[] = [];
    for await (const entry of eachEntry((page) => from.byUser(userId, page)))
      if (isMoved(entry.record)) traces.push(entry);
    for (const trace of traces) await moveOne(pair, trace.id, trace.record.expiresAt);
  }
  return moveOne(pair, id, record.expiresAt);
}

export async function checkMove({ from, to }: Pair): Promise<MoveCheck> {
  requireAbility(from, 'list');
  requireAbility(to, 'list');
  let left = 0;
  let arrived = 0;
  const twice: string[] = [];
  for await (const page of pagesOf(from, AT_ONCE)) {
    const copies = await Promise.all(page.map(({ id }) => to.read(id)));
    left += page.length;
    for (const [index, { id }] of page.entries()) {
      const copy = copies[index];
      if (copy !== undefined && !isReservation(copy.record)) twice.push(id);
    }
  }
  for await (const page of pagesOf(to, AT_ONCE)) arrived += page.length;
  return { left, arrived, twice };
}

async function* pagesOf(store: ListStore, limit: number): AsyncGenerator<SessionPage['entries']> {
  let after: PageOptions['after'];
  do {
    const page: SessionPage = await store.list({ after, limit });
    yield page.entries;
    after = page.next;
  } while (after !== undefined);
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> | undefined {
  if (!(milliseconds > 0)) return undefined;
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
}
