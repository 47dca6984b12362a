import { randomInt } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import { CLOCK_SKEW } from '../core/expiry.js';
import { type SessionStore, supports } from '../stores/contract.js';
import { override } from './override.js';

/** The most records that one win deletes. */
const SWEEP = 1000;

/**
 * Returns the store with a lottery that deletes expired records. Each read takes part in the
 * lottery, so each request with a token, and each new record, for clients without a token. A win
 * deletes records beside the request, one win at a time; a failure becomes a warning of the
 * process. A store that cannot prune is returned as it is.
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
