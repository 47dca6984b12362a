import { isSessionError, SessionError } from '../../core/errors.js';
import { type Budget, budgetOf, type StoreHooks, type TimedStore } from './deadline.js';

/** The circuit opens when at least so many calls of a window missed their deadline, and half of all. */
const MISSES = 5;
const WINDOW = 5_000;
/** How often an open circuit asks the store whether it is back, and how long it waits for that. */
const PROBE_EVERY = 250;
const PROBE_TIMEOUT = 500;
/** A request that comes so long after the last probe waits for the next one. */
const QUIET = 1_000;
const PROBED_ID = 'sojourn-probe';

/** While a circuit is open: the probe under way, and when it began. */
interface Outage {
  probe: Promise<void> | undefined;
  probedAt: number;
}

/**
 * The store with a circuit breaker. A store that keeps missing its deadline costs every request the
 * whole deadline; with an open circuit it costs nothing. A store that fails at once costs little,
 * so only missed deadlines count. There is no timer: requests start the probes.
 */
export function withCircuit(store: TimedStore, onChange: StoreHooks['onCircuit']): TimedStore {
  let windowSince = performance.now();
  let missed = 0;
  let answered = 0;
  let outage: Outage | undefined;

  function count(isMiss: boolean): void {
    const time = performance.now();
    if (time - windowSince > WINDOW) {
      windowSince = time;
      missed = 0;
      answered = 0;
    }
    if (isMiss) missed++;
    else answered++;
    if (outage !== undefined || missed < MISSES || missed < answered) return;
    outage = { probe: undefined, probedAt: time };
    onChange(store.name, 'open');
  }

  async function guarded<Result>(budget: Budget, call: () => Promise<Result>): Promise<Result> {
    if (outage !== undefined) await admit(outage, budget);
    try {
      const result = await call();
      count(false);
      return result;
    } catch (error) {
      count(isSessionError(error, 'store-timeout'));
      throw error;
    }
  }

  async function admit(present: Outage, budget: Budget): Promise<void> {
    const time = performance.now();
    const isQuiet = time - present.probedAt > QUIET;
    if (present.probe === undefined && time - present.probedAt >= PROBE_EVERY)
      present.probe = probe(present);
    if (isQuiet) await present.probe;
    if (outage !== undefined) throw isOpen(store.name, budget);
  }

  async function probe(present: Outage): Promise<void> {
    present.probedAt = performance.now();
    try {
      await store.read(PROBED_ID, budgetOf(PROBE_TIMEOUT));
    } catch (error) {
      // A store that refuses at once needs no circuit: the next request hears of its error.
      if (isSessionError(error, 'store-timeout')) return;
    } finally {
      present.probe = undefined;
    }
    outage = undefined;
    missed = 0;
    answered = 0;
    onChange(store.name, 'closed');
  }

  return {
    ...store,
    read: (id, budget) => guarded(budget, () => store.read(id, budget)),
    create: (id, record, budget) => guarded(budget, () => store.create(id, record, budget)),
    update: (id, record, version, budget) =>
      guarded(budget, () => store.update(id, record, version, budget)),
    touch: (id, expiresAt, touchedAt, budget) =>
      guarded(budget, () => store.touch(id, expiresAt, touchedAt, budget)),
    destroy: (id, version, budget) => guarded(budget, () => store.destroy(id, version, budget)),
  };
}

function isOpen(store: string, { timeout }: Budget): SessionError {
  return new SessionError(
    'store-timeout',
    `The ${store} store is not asked for now: half of its last calls took longer than ${timeout} ms. It is asked again as soon as it answers a probe. Check that its server is up and reachable.`,
  );
}
