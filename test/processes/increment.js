// Increments the number that is the data of one record, a number of times, against whoever else
// does so.
import { openStore, recordOf } from './open-store.js';

const { place, id, times } = JSON.parse(process.argv[2] ?? '');
const store = openStore(place);

process.once('message', async () => {
  for (let done = 0; done < times; ) {
    const stored = await store.read(id);
    if (stored === undefined) throw new Error(`${id} is absent`);
    const next = recordOf(String(Number(stored.record.data) + 1));
    if ((await store.update(id, next, /** @type {never} */ (stored.version))) !== undefined) done++;
    if (done % 10 === 0) await store.touch(id, Date.now() + 7_200_000, Date.now());
  }
  process.disconnect();
});
process.send?.('ready');
