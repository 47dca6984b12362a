// Writes one record over and over, and creates and destroys others, until it is killed.
import { checkedData, numberOf } from './checked-data.js';
import { openStore, recordOf } from './open-store.js';

const { place, id } = JSON.parse(process.argv[2] ?? '');
const store = openStore(place);

async function updateSteadily() {
  for (;;) {
    const stored = await store.read(id);
    if (stored === undefined) throw new Error(`${id} is absent`);
    const next = recordOf(checkedData(numberOf(stored.record.data) + 1));
    await store.update(id, next, /** @type {never} */ (stored.version));
    await store.touch(id, Date.now() + 7_200_000, Date.now());
  }
}

async function comeAndGo() {
  for (let number = 0; ; number++) {
    await store.create(`${id}-${number % 5}`, recordOf(checkedData(number)));
    await store.destroy(`${id}-${(number + 2) % 5}`);
  }
}

process.send?.('writing');
await Promise.all([updateSteadily(), comeAndGo()]);
