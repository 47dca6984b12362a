import { SessionError } from '../core/errors.js';
import { checkOptions } from './contract/options.js';
import { refusedClient } from './contract/refused-client.js';
import { type SessionStore, supports } from './contract.js';
import {
  checkMove,
  checkMoveOptions,
  type MoveCheck,
  type MoveOptions,
  type MoveProgress,
  moveAll,
} from './moving/backfill.js';
import { movingLists } from './moving/lists.js';
import type { Pair } from './moving/passage.js';
import { movingVerbs } from './moving/verbs.js';

export type { MoveCheck, MoveOptions, MoveProgress } from './moving/backfill.js';

/** Options of {@link movingStore}. */
export interface MovingStoreOptions {
  /** The store that has the sessions. */
  from: SessionStore;
  /** The store that gets them. It has none of them yet. */
  to: SessionStore;
  /**
   * `'prepare'`: sessions stay in their store, and new sessions go to `from`. `'move'`: new
   * sessions go to `to`, and a session moves to `to` when it is changed. Servers in both phases may
   * run at the same time. Before the first server begins with `'move'`, every server must have
   * `'prepare'`: none may use `from` alone.
   */
  phase: 'prepare' | 'move';
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** A store whose sessions move from one store to another. */
export interface MovingStore extends SessionStore<string> {
  /**
   * Moves all sessions from `from` to `to`, and reports its progress after each page. You may call
   * it while servers run, in several processes, and again after an interruption.
   * @throws `unsupported` in the phase `'prepare'`, or when `from` has no `list`; `invalid-option`.
   */
  move(options?: MoveOptions): AsyncGenerator<MoveProgress>;
  /**
   * Counts the sessions in each of the two stores.
   * @throws `unsupported` when one of them has no `list`.
   */
  verify(): Promise<MoveCheck>;
}

/**
 * Keeps sessions in two stores while they move from one store to the other. Servers need not stop,
 * and nobody is logged out. If both stores keep a promise, it holds for each session at every
 * moment.
 * @throws `invalid-option` when `from`, `to` or `phase` is missing or wrong.
 */
export function movingStore(options: MovingStoreOptions): MovingStore {
  checkOptions('movingStore', options, ['from', 'to', 'phase', 'now']);
  const { from, to, phase, now = Date.now } = options;
  for (const [name, store] of Object.entries({ from, to })) {
    if (typeof store?.update !== 'function') {
      const advice =
        'Give the store that has the sessions as from, and the one that gets them as to.';
      throw refusedClient('movingStore', name, store, advice);
    }
  }
  if (from === to) throw invalid('from and to are the same store. Give two.');
  if (phase !== 'prepare' && phase !== 'move')
    throw invalid("phase is neither 'prepare' nor 'move'. Begin with 'prepare'.");
  const isMoving = phase === 'move';
  const pair: Pair = { from, to, dropsCopies: isMoving };

  return {
    name: 'moving',
    consistency:
      from.consistency === 'process' || to.consistency === 'process' ? 'process' : 'shared',
    ...movingVerbs(pair, isMoving, now),
    ...movingLists(pair, isMoving),
    ...bothOf(from, to),

    move(moveOptions = {}) {
      checkMoveOptions(moveOptions);
      if (isMoving) return moveAll(pair, moveOptions);
      throw new SessionError(
        'unsupported',
        "The phase is 'prepare', in which no session moves. Give every server this phase, then 'move'.",
      );
    },

    verify: () => checkMove(pair),
  };
}

/** The abilities that concern each store for itself. */
function bothOf(
  from: SessionStore,
  to: SessionStore,
): Pick<SessionStore, 'prune' | 'clear' | 'migrate' | 'close'> {
  return {
    ...((supports(from, 'prune') || supports(to, 'prune')) && {
      async prune(before, limit) {
        const pruned = (await from.prune?.(before, limit)) ?? 0;
        if (pruned >= limit) return pruned;
        return pruned + ((await to.prune?.(before, limit - pruned)) ?? 0);
      },
    }),
    ...(supports(from, 'clear') &&
      supports(to, 'clear') && {
        async clear() {
          await from.clear();
          await to.clear();
        },
      }),
    ...((supports(from, 'migrate') || supports(to, 'migrate')) && {
      async migrate() {
        await from.migrate?.();
        await to.migrate?.();
      },
    }),
    ...((supports(from, 'close') || supports(to, 'close')) && {
      async close() {
        try {
          await from.close?.();
        } finally {
          await to.close?.();
        }
      },
    }),
  };
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
