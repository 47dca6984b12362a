/** After this time a request that has not reached its gate never will, in milliseconds. */
const PATIENCE = 30_000;

/** Counts the requests that wait at gates, by the name of the gate. */
export function createArrivals() {
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Set<() => void>} */
  const watchers = new Set();
  const countOf = (/** @type {string} */ gate) => counts.get(gate) ?? 0;

  return {
    /** @param {string} gate */
    add(gate) {
      counts.set(gate, countOf(gate) + 1);
      for (const look of watchers) look();
    },

    /**
     * Waits until so many requests wait at a gate.
     * @param {string} gate
     * @param {number} count
     * @returns {Promise<void>}
     */
    reached(gate, count) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          watchers.delete(look);
          reject(new Error(`Only ${countOf(gate)} of ${count} requests opened their session.`));
        }, PATIENCE);
        function look() {
          if (countOf(gate) < count) return;
          clearTimeout(late);
          watchers.delete(look);
          resolve();
        }
        watchers.add(look);
        look();
      });
    },
  };
}
