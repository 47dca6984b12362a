// Creates a record unless it is there, updates it, and destroys it if asked to; prints the code of
// an update that was rejected.
import { openStore, recordOf } from './open-store.js';

const { place, id, sizes, destroy } = JSON.parse(process.argv[2] ?? '');
const store = openStore(place);

await store.create(id, recordOf('created'));
for (const size of sizes) {
  const stored = await store.read(id);
  try {
    await store.update(id, recordOf('x'.repeat(size)), /** @type {never} */ (stored?.version));
  } catch (error) {
    console.log(error instanceof Error && 'code' in error ? error.code : error);
  }
}
if (destroy) await store.destroy(id);
