// `node bench/torture/report.js runs.jsonl`: what `npm run torture -- --json` printed, as the
// tables of docs/guide/torture.md.
import { readFileSync } from 'node:fs';

/** @import { Result } from './run.js' */

const HEADS = [
  'requests',
  'acknowledged',
  'refused',
  'nobody told',
  'sessions',
  'tokens',
  'faults',
  'contradictions',
];

/** @type {Result[]} */
const results = readFileSync(process.argv[2] ?? '', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line))
  .filter(({ requests }) => requests !== undefined);
const stores = [...new Set(results.map(({ store }) => store))].sort();

print(
  ['store', 'version', 'runs', ...HEADS],
  stores.map((store) => {
    const runs = results.filter((result) => result.store === store);
    return [store, runs[0]?.version ?? '', runs.length, ...figures(runs)];
  }),
);
print(
  ['store', 'seed', ...HEADS],
  stores.flatMap((store) =>
    results
      .filter((result) => result.store === store)
      .sort((one, other) => one.seed - other.seed)
      .map((result) => [store, result.seed, ...figures([result])]),
  ),
);

/** @param {readonly Result[]} runs */
function figures(runs) {
  /** @param {(run: Result) => number} figure */
  const sum = (figure) => runs.reduce((total, run) => total + figure(run), 0);
  return [
    sum(({ requests }) => requests),
    sum(({ ok }) => ok),
    sum(({ none }) => none),
    sum(({ unknown }) => unknown),
    sum(({ sessions }) => sessions),
    sum(({ tokens }) => tokens),
    sum(({ faults }) => Object.values(faults).reduce((total, count) => total + count, 0)),
    sum(({ contradictions, deaths }) => contradictions.length + deaths),
  ];
}

/** @param {readonly string[]} heads @param {readonly (readonly (string | number)[])[]} rows */
function print(heads, rows) {
  const cells = rows.map((row) => row.map((cell) => cell.toLocaleString('en-US')));
  for (const row of [heads, heads.map(() => '---'), ...cells])
    console.log(`| ${row.join(' | ')} |`);
  console.log('');
}
