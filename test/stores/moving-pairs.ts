import type { SessionStore } from '../../src/stores/contract.js';
import { type MovingStore, movingStore } from '../../src/stores/moving.js';

/** Two stores, opened twice: by two processes. */
export interface OpenPair {
  readonly first: Ends;
  readonly second: Ends;
  remove(): Promise<void>;
}

export interface Ends {
  readonly from: SessionStore;
  readonly to: SessionStore;
}

type Now = () => number;

/** How a process uses the two stores. */
export const PHASES: Readonly<Record<string, (ends: Ends, now: Now) => SessionStore>> = {
  prepare: (ends, now) => movingStore({ ...ends, phase: 'prepare', now }),
  move: (ends, now) => movingStore({ ...ends, phase: 'move', now }),
  'between prepare and move': betweenPhases,
  'turning back': turningBack,
};

const TWICE = {
  'list/pages': 'a session that moves while two processes read one list in turns may come twice',
};

/** What differs, by phase. */
export const WHILE_MOVING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'between prepare and move': TWICE,
  'turning back': TWICE,
};

/** Every session begins in `from` and moves with its first change. */
function betweenPhases(ends: Ends, now: Now): MovingStore {
  const before = movingStore({ ...ends, phase: 'prepare', now });
  const store = movingStore({ ...ends, phase: 'move', now });
  return { ...store, create: (id, record) => before.create(id, record) };
}

/** Every session has moved, stays where it is, and moves back when it is changed. */
function turningBack({ from, to }: Ends, now: Now): MovingStore {
  const before = movingStore({ from, to, phase: 'move', now });
  const store = movingStore({ from: to, to: from, phase: 'move', now });
  return {
    ...store,
    async create(id, record) {
      const version = await before.create(id, record);
      // A version counts in the process that gave it.
      return version && ((await store.read(id))?.version ?? version);
    },
  };
}
