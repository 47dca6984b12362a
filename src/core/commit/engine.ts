import { randomBytes } from 'node:crypto';
import type { Events } from '../events.js';
import { Lines } from '../lines.js';
import type { Settings } from '../options.js';
import type { Held } from '../persistence.js';
import { createTouches, type Touches } from './touches.js';

/** The number of processes whose last commit a record remembers. */
const MAX_WRITERS = 16;

/**
 * The parts that commits share: the settings, and the facts about sessions that this process wrote.
 */
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
   * The commits to remember with `commit`: the last one of each process, and those in doubt. This
   * suffices, since a process commits the changes of one session in turn, and looks only for the
   * last commit.
   */
  with(others: readonly string[], commit: string): string[];
  /** While `task` runs, records keep this commit, even when this process writes other commits. */
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

/**
 * Whether the record forgot so many writers that a commit may be stored although it is not listed.
 */
export function mayHaveForgotten(fresh: readonly string[], known: readonly string[]): boolean {
  return fresh.length >= MAX_WRITERS && !fresh.some((commit) => known.includes(commit));
}
