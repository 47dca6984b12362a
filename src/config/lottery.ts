import { randomInt } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import { CLOCK_SKEW } from '../core/expiry.js';
import { type SessionStore, supports } from '../stores/contract.js';
import { override } from './override.js';

/** How many records one win deletes at most. */
const SWEEP = 1000;

/**
 * The store, sweeping expired records at the odds of a lottery. Each read draws, which is one
 * request of a client with a token, and each new record, for clients that have none. The sweep runs
 * beside the request, one at a time, and when it fails the process is warned. A store that cannot
 * prune comes back as it is.
 * @throws `invalid-option` when the odds are not two whole numbers, the second above 0.
 */
export function pruneByLottery(
  store: SessionStore,
  [wins, draws]: readonly [number, number],
): SessionStore {
  if (!Number.isSafeInteger(wins) || !Number.isSafeInteger(draws) || wins < 0 || draws < 1) {
    throw new SessionError(
      'invalid-option',
      `lottery is [${wins}, ${draws}]. Give odds such as [2, 100], or false.`,
    );
  }
  if (!supports(store, 'prune')) return store;
  let isSweeping = false;

  async function sweep(): Promise<void> {
    isSweeping = true;
    try {
      await store.prune?.(Date.now() - CLOCK_SKEW, SWEEP);
    } catch (error) {
      process.emitWarning(`Sweeping the ${store.name} store failed: ${String(error)}`, {
        type: 'SessionWarning',
        code: 'SOJOURN_LOTTERY',
      });
    } finally {
      isSweeping = false;
    }
  }

  function draw(): void {
    if (!isSweeping && randomInt(draws) < wins) void sweep();
  }

  return override(store, {
    read(id) {
      draw();
      return store.read(id);
    },
    create(id, record) {
      draw();
      return store.create(id, record);
    },
  });
}
