import { recordOf } from './open-store.js';

/**
 * Increments the number that is the data of one record, a number of times, against whoever else
 * does so.
 * @param {import('../../src/stores/contract.js').SessionStore} store
 * @param {string} id
 * @param {number} times
 */
export async function countUp(store, id, times) {
  for (let done = 0; done < times; ) {
    const stored = await store.read(id);
    if (stored === undefined) throw new Error(`${id} is absent`);
    const next = recordOf(String(Number(stored.record.data) + 1));
    if ((await store.update(id, next, stored.version)) !== undefined) done++;
    if (done % 10 === 0) await store.touch(id, Date.now() + 7_200_000, Date.now());
  }
}
