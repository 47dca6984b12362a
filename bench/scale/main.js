// `npm run scale`: what sessions cost at a given scale on Redis Cluster and PostgreSQL, from what
// one operation costs. `--measure` measures that anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measure } from './measure.js';
import { DEFAULTS, estimate } from './model.js';

const COSTS = new URL('costs.json', import.meta.url);

const USAGE = `npm run scale -- [options]

Prints what sessions cost at a scale that nobody has on a desk: shards, processors, memory, network,
logs, sweeps, hot keys and fail-overs of Redis Cluster and PostgreSQL. It multiplies what one
operation costs the server, as bench/scale/costs.json has it, and simulates how uneven it gets.

  --measure            measures the costs first, on servers of this machine, and keeps them there
  --amount <n>         sessions that the servers hold while they are measured; default 100000
  --times <n>          how often each operation is measured; default 5000
  --json               prints the figures as JSON

Your own numbers:
${Object.entries(DEFAULTS)
  .map(([name, { value, about }]) => `${`  --${name} <n>`.padEnd(23)}${about}; default ${value}`)
  .join('\n')}

  --help               prints this`;

process.exitCode = await main();

async function main() {
  const settings = readArguments();
  if (settings === undefined) return 2;
  const { workload, amount, times, json } = settings;
  if (settings.help) {
    console.log(USAGE);
    return 0;
  }
  if (settings.measure) await measureAll(amount, times);
  const { measuredAt, stores } = JSON.parse(readFileSync(COSTS, 'utf8'));
  const tables = estimate(stores, workload);
  if (json) console.log(JSON.stringify(tables, undefined, 2));
  else {
    console.log(`From costs measured on ${measuredAt}: npm run scale -- --help\n`);
    for (const { title, heads, rows } of tables)
      console.log(`${title}\n\n${table([heads, heads.map(() => '---'), ...rows])}\n`);
  }
  return 0;
}

/** @param {number} amount @param {number} times */
async function measureAll(amount, times) {
  const stores = [];
  for (const name of /** @type {const} */ (['redis', 'postgres']))
    stores.push(await measure(name, { sessions: amount, times }, (text) => console.error(text)));
  const measuredAt = new Date().toISOString().slice(0, 10);
  writeFileSync(COSTS, `${JSON.stringify({ measuredAt, stores }, undefined, 2)}\n`);
}

/** Markdown. @param {readonly (readonly string[])[]} rows */
function table(rows) {
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        measure: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        amount: { type: 'string', default: '100000' },
        times: { type: 'string', default: '5000' },
        ...Object.fromEntries(
          Object.entries(DEFAULTS).map(([name, { value }]) => [
            name,
            { type: /** @type {const} */ ('string'), default: `${value}` },
          ]),
        ),
      },
    });
    /** @type {Record<string, unknown>} */
    const given = values;
    const workload = Object.fromEntries(
      Object.keys(DEFAULTS).map((name) => [name, positive(name, given[name])]),
    );
    return {
      measure: values.measure === true,
      json: values.json === true,
      help: values.help === true,
      amount: positive('amount', values.amount),
      times: positive('times', values.times),
      workload: /** @type {import('./model.js').Workload} */ (workload),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return undefined;
  }
}

/** @param {string} name @param {unknown} text */
function positive(name, text) {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new Error(`--${name} is ${text}. Give a number, 0 or above.`);
}
