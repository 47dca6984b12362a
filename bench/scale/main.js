import { readFileSync, writeFileSync } from 'node:fs';
import { measure } from './measure.js';

const costs = [];
for (const name of ['redis', 'postgres'])
  costs.push(
    await measure(
      /** @type {any} */ (name),
      { sessions: Number(process.argv[2] ?? 4000), times: Number(process.argv[3] ?? 1000) },
      (t) => console.error(t),
    ),
  );
writeFileSync(new URL('costs.json', import.meta.url), JSON.stringify(costs, undefined, 2) + '\n');
console.log(JSON.stringify(costs, undefined, 1));
