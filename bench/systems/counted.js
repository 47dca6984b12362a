/** The commands of a store of ours. */
export const STORE_VERBS = ['read', 'create', 'update', 'touch', 'destroy'];

/**
 * Counts the calls of some methods of a store, in place.
 * @param {any} store
 * @param {readonly string[]} methods
 * @returns {() => number} how many there were so far
 */
export function counted(store, methods) {
  let calls = 0;
  for (const method of methods) {
    const original = store[method];
    store[method] = (/** @type {unknown[]} */ ...parameters) => {
      calls++;
      return original.apply(store, parameters);
    };
  }
  return () => calls;
}
