import { isSessionError } from '../../core/errors.js';
import type { StoredSession } from '../contract.js';
import { type Budget, type TimedStore, within } from './deadline.js';

type Read = Promise<StoredSession | undefined>;

interface Group {
  readonly read: Read;
  /** The latest end of all who wait for this read. */
  endsAt: number;
}

interface Crowd {
  readonly running: Read;
  /** The read that begins once the running one has ended, for all who asked meanwhile. */
  next: Group | undefined;
}

/**
 * The store with one read of an id under way, however many ask. A request that asks while a read is
 * running gets the next one: a write that was acknowledged before the request asked is in that
 * answer. A read that stalls is left alone after a quarter of its time: the next one begins then.
 */
export function withSharedReads(store: TimedStore): TimedStore {
  const crowds = new Map<string, Crowd>();

  function begin(id: string, budget: Budget): Read {
    const crowd: Crowd = { running: store.read(id, budget), next: undefined };
    crowds.set(id, crowd);
    const end = (): void => {
      if (crowd.next === undefined && crowds.get(id) === crowd) crowds.delete(id);
    };
    crowd.running.then(end, end);
    return crowd.running;
  }

  function join(id: string, crowd: Crowd, budget: Budget): Group {
    const { timeout } = budget;
    const group: Group = {
      endsAt: budget.endsAt,
      read: patience(crowd.running, timeout / 4).then(() =>
        begin(id, { endsAt: group.endsAt, timeout }),
      ),
    };
    return group;
  }

  return {
    ...store,
    read(id, budget) {
      const crowd = crowds.get(id);
      if (crowd === undefined) return begin(id, budget);
      return within(budget, store.name, 'read', () => {
        // Only now: who comes after its own deadline must not begin a read that nobody awaits.
        crowd.next ??= join(id, crowd, budget);
        const { next } = crowd;
        next.endsAt = Math.max(next.endsAt, budget.endsAt);
        return next.read;
      });
    },
  };
}

/** Resolves when `read` has ended, however it ended, and at the latest after so many milliseconds. */
function patience(read: Read, milliseconds: number): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = read.catch((error) => {
    if (!isSessionError(error)) throw error;
  });
  const impatient = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return Promise.race([ended, impatient]).finally(() => clearTimeout(timer));
}
