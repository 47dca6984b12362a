import { writeFile } from 'node:fs/promises';
import { BUNDLE_CASE, runBundleCase } from './cases/bundle.js';
import { CHANGES_CASE, openChangesCase } from './cases/changes.js';
import { HANDLER_CASES, openHandlerCase } from './cases/handler.js';
import { HTTP_CASES, openHttpCase } from './cases/http.js';
import { IN_PROCESS_CASES, openInProcessCase } from './cases/in-process.js';
import { MILLION_CASE, runMillionCase } from './cases/million.js';
import { openStoreCase, STORE_CASE } from './cases/store.js';
import { openStoreCallsCase, STORE_CALLS_CASE } from './cases/store-calls.js';
import { absentRow, measure } from './measure.js';
import { caseTables, targetTable } from './report.js';
import { createServers } from './servers.js';
import { describeRun } from './versions.js';

/** @import { OpenCase, Row } from './measure.js' */

const METHOD = `CPU time of all threads of the measured process, not time on the clock. All systems
take turns in one run, round after round; numbers are medians over the rounds of what a sample
differs from the bare one of its round.

What a request does: *untouched* by a visitor without a cookie who uses no session, *read* of a key
and *write* of one (a counter) with a cookie, *new* by a visitor without a cookie who gets a session
of 186 bytes of JSON. Each is answered with \`ok\`. The bare server gets a cookie of our length too.

*Handler* is the same application as over HTTP, called in process: requests and responses are those
of node:http, or of fetch, and nothing goes over a socket. SvelteKit, Astro, Nitro and Next are built
for production first, and called as their servers call them. Over HTTP the server is a process of its
own, and has answered some ten thousand requests before; 16 visitors, each on a keep-alive
connection, ask again as soon as they are answered. *One
visitor* has 32 connections and one session. How long a request waits is measured in the client,
which has one processor for all its connections.

Redis and the other servers are instances of their own on the same machine: what they cost is in no
CPU time, what the client costs is. A store does its operations on 512 records of 300 characters; in
*store calls* each user has 8 of them. None of the servers waits for its disk: PostgreSQL runs
without fsync, MariaDB flushes once a second, Redis leaves that to the system, and DynamoDB is
DynamoDB Local in memory. Writes that wait cost more on the clock, not in CPU time of the client.

Between two runs on a shared machine the rows over HTTP differed by up to a half, the rest by a
tenth: compare within a run, not between them.`;

/**
 * @typedef {object} BenchOptions
 * @property {string} only a text that the case, system and action of a row, in this order, must
 * hold
 * @property {boolean} json
 * @property {number} rounds
 */

/**
 * Measures, prints, and writes RESULTS.md when everything was measured. @param {BenchOptions}
 * options
 */
export async function run(options) {
  const servers = createServers();
  try {
    await runOn(servers, options);
  } finally {
    await servers.stop();
  }
}

/** @param {ReturnType<typeof createServers>} servers @param {BenchOptions} options */
async function runOn(servers, { only, json, rounds }) {
  const isWanted =
    (/** @type {string} */ name) => (/** @type {string} */ system, /** @type {string} */ action) =>
      `${name} ${system} ${action}`.includes(only);

  /** @template {{ name: string }} Case @param {OpenCase<Case>} open @param {Case} which */
  async function rowsOf(open, which) {
    const { cells, absent = [], close } = await open(which, isWanted(which.name), servers);
    try {
      const rows = cells.length === 0 ? [] : await measure(cells, rounds, progress);
      return [...rows, ...absent.map((one) => absentRow(which.name, one))];
    } finally {
      await close();
    }
  }

  /** @type {Row[]} */
  const rows = [];
  for (const which of IN_PROCESS_CASES) rows.push(...(await rowsOf(openInProcessCase, which)));
  rows.push(...(await rowsOf(openChangesCase, CHANGES_CASE)));
  for (const which of HANDLER_CASES) rows.push(...(await rowsOf(openHandlerCase, which)));
  for (const which of HTTP_CASES) rows.push(...(await rowsOf(openHttpCase, which)));
  rows.push(...(await rowsOf(openStoreCase, STORE_CASE)));
  rows.push(...(await rowsOf(openStoreCallsCase, STORE_CALLS_CASE)));
  rows.push(...(await runMillionCase(isWanted(MILLION_CASE.name), progress)));
  rows.push(...(await runBundleCase(isWanted(BUNDLE_CASE.name))));
  if (rows.length === 0)
    throw new Error(`Nothing fits --only '${only}'. See --help for the cases.`);
  if (json) return void process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);

  const tables = `${describeRun(servers.versions())}\n\n${[targetTable(rows), caseTables(rows)].filter((part) => part !== '').join('\n\n')}\n`;
  process.stdout.write(tables);
  if (only === '')
    await writeFile(
      new URL('./RESULTS.md', import.meta.url),
      `# Results of \`npm run bench\`\n\n${METHOD}\n\n${tables}`,
    );
}

/** @param {string} text */
function progress(text) {
  process.stderr.write(`${text}\n`);
}
