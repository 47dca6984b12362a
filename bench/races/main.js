// `npm run races`: requests of one visitor that overlap, over real HTTP, on ours and on the systems
// beside it. What counts is said in races.js.
import { parseArgs } from 'node:util';
import { installPackage } from '../../scripts/install-package.js';
import { createServers } from '../servers.js';
import { RACES } from './races.js';
import { runRaces } from './run.js';
import { isOurs, needsPackages, SYSTEMS, storeLabel, whyAbsent, whyNot } from './systems.js';
import { createTable } from './table.js';

const USAGE = `npm run races -- [options]

Requests of one visitor that overlap, over HTTP on 127.0.0.1: on Sojourn with its stores and
adapters, on the systems beside it, and on the sessions that speak another system's language
('sojourn/...'), whose handlers are those of the original. A request opens its session, says so, and
waits until all others of its race have done the same, so they always overlap.

The status is 1 when a race on Sojourn lost or revived anything, signed anybody out, or left a
survivor. Losses that its documentation names do not count: sessions in cookies lose, and come back
without a store of the ended ones; a counter that is read and set (not incremented) loses; the login
of express-session copies what it read into an empty session.

Servers are started for the rows that need them, and stopped. Where one cannot be had, its rows say
why; with CI set that is an error. One that SOJOURN_TEST_<NAME>_URL names is used instead, and keeps
what was stored there under the name sojourn_bench. Next, SvelteKit, Astro and Nitro are built
first. The whole table takes about a quarter of an hour.

  --only <text>   only rows that have this text, in either case, in their
                  "system store adapter race": sqlite, "file fetch", "50 writers"
  --trials <n>    how often each race is run; default 20
  --json          prints an array of { system, store, adapter, race, trials, lost, revived,
                  signedOut, survivors } and nothing else; { system, store, adapter, reason } for a
                  row without its server, with its race when only that cannot be run
  --help          prints this

${RACES.map(({ name, rule }) => `${name}\n${wrap(rule)}`).join('\n\n')}`;

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
const servers = createServers();
process.exitCode = await main().finally(servers.stop);

async function main() {
  const settings = readArguments();
  if (settings === undefined) return 2;
  const { only, trials, json, help } = settings;
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const selected = SYSTEMS.map((system) => ({
    system,
    races: RACES.filter((race) => label(system, race).includes(only)),
  })).filter(({ races }) => races.length > 0);
  if (selected.length === 0) {
    console.error(
      `No row has "${only}" in it. The rows are:\n${SYSTEMS.flatMap((system) => RACES.map((race) => label(system, race))).join('\n')}`,
    );
    return 2;
  }
  if (selected.some(({ system }) => needsPackages(system))) installPackage('bench');

  const table = createTable(
    selected.map(({ system }) => system),
    RACES.filter((race) => selected.some(({ races }) => races.includes(race))),
    trials,
  );
  if (!json)
    console.log(
      `\n${trials} trials of each race; what counts: npm run races -- --help\n\n${table.head()}`,
    );
  const rows = [];
  const ours = [];
  for (const { system, races } of selected) {
    const { system: name, adapter, server, mayLose = [], mayRevive = [] } = system;
    const row = { system: name, store: storeLabel(system), adapter };
    const found = server && (await servers.find(server));
    const reason = whyAbsent(system) ?? found?.reason;
    if (reason !== undefined) {
      if (!json) console.log(table.empty(system, reason));
      rows.push({ ...row, reason });
      continue;
    }
    const possible = races.filter((race) => whyNot(system, race) === undefined);
    const results = await runRaces(
      { ...system, url: found?.url },
      possible,
      trials,
      (race, trial) => showProgress(`${label(system, race)}: ${trial} of ${trials}`),
    );
    showProgress('');
    if (!json) console.log(table.row(system, results));
    for (const race of races) {
      const result = results.find((one) => one.race === race);
      if (result === undefined) {
        rows.push({ ...row, race: race.name, reason: whyNot(system, race) });
        continue;
      }
      const { lost, revived, signedOut, survivors } = result;
      rows.push({ ...row, race: race.name, trials, lost, revived, signedOut, survivors });
    }
    if (!isOurs(system)) continue;
    for (const { race, lost, revived, signedOut, survivors } of results) {
      ours.push({ amount: lost + signedOut, isDocumented: mayLose.includes(race.name) });
      ours.push({ amount: revived + survivors, isDocumented: mayRevive.includes(race.name) });
    }
  }
  const isClean = ours.every(({ amount, isDocumented }) => amount === 0 || isDocumented);
  const where = ours.some(({ amount }) => amount > 0)
    ? ', but for what its documentation says'
    : '';
  if (json) console.log(JSON.stringify(rows, undefined, 2));
  else if (!isClean) console.log('\nSojourn FAILED.');
  else if (ours.length > 0)
    console.log(`\nSojourn lost nothing, revived nothing and signed nobody out${where}.`);
  return isClean ? 0 : 1;
}

/**
 * What `--only` looks into. @param {import('./systems.js').System} system @param
 * {import('./races.js').Race} race
 */
function label(system, race) {
  return `${system.system} ${storeLabel(system)} ${system.adapter} ${race.name}`.toLowerCase();
}

/** On a terminal: one line that the next one replaces. @param {string} text */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', default: '' },
        trials: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const trials = Number(values.trials);
    if (!Number.isSafeInteger(trials) || trials < 1)
      throw new Error(`--trials is ${values.trials}. Give a whole number above 0.`);
    return { ...values, only: values.only.toLowerCase(), trials };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return undefined;
  }
}

/** @param {string} text */
function wrap(text) {
  return text.replace(/(.{1,96})(?:\s+|$)/g, '  $1\n').trimEnd();
}
