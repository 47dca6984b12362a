import { randomBytes } from 'node:crypto';
import type { Events } from '../events.js';
import { Lines } from '../lines.js';
import type { Settings } from '../options.js';
import type { Held } from '../persistence.js';
import { createTouches, type Touches } from './touches.js';

/** Of how many processes a record remembers the last commit. */
const MAX_WRITERS = 16;

/** What commits share: the settings, and what this process knows of the sessions it wrote. */
export interface Engine {
  readonly settings: Settings;
  readonly events: Events;
  /** Commits of one session in this process, one after the other. */
  readonly lines: Lines<Held>;
  readonly touches: Touches;
  readonly writers: Writers;
}

/** Names commits, so that a process recognises its own after a lost reply. */
export interface Writers {
  /** A new commit. */
  next(): string;
  /**
   * The commits to remember with `commit`. One for each process suffices, beside those that it
   * doubts: a process commits one session's changes in turn, and asks only after the last.
   */
  with(others: readonly string[], commit: string): string[];
  /** While `task` runs, records keep its commit, also when this process writes others. */
  doubt<Result>(commit: string, task: () => Promise<Result>): Promise<Result>;
}

export function createEngine(settings: Settings, events: Events): Engine {
  return {
    settings,
    events,
    lines: new Lines(),
    touches: createTouches(),
    writers: createWriters(),
  };
}

function createWriters(): Writers {
  // Made with the first commit: some platforms allow no randomness before the first request. 48
  // bits: two of the processes that write one session do not meet.
  let writer: string | undefined;
  let count = 0;
  const doubted = new Set<string>();

  return {
    next() {
      writer ??= randomBytes(6).toString('base64url');
      return writer + (++count).toString(36);
    },
    with(others, commit) {
      const prefix = commit.slice(0, 8);
      const kept = others.filter((other) => !other.startsWith(prefix) || doubted.has(other));
      return [...kept.slice(1 - MAX_WRITERS), commit];
    },
    async doubt(commit, task) {
      doubted.add(commit);
      try {
        return await task();
      } finally {
        doubted.delete(commit);
      }
    },
  };
}

/** Whether the record forgot so many writers that a commit missing in it may be in it all the same. */
export function mayHaveForgotten(fresh: readonly string[], known: readonly string[]): boolean {
  return fresh.length >= MAX_WRITERS && !fresh.some((commit) => known.includes(commit));
}
