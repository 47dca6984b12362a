// What hits without a cookie cost each store, and what a visitor notices who is logged in:
// `node bench/flood.js --hits 100000 memory "redis, node-redis"`, after `npm run build`. Without
// names: all stores that can be had here. Every hit stores a new session, as a page with a form
// does. The budget is that of `sojourn/newcomers`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSessions, isSessionError } from '../dist/index.js';
import { newcomers } from '../dist/newcomers/index.js';
import { OUR_STORES, openOrReason } from './our-stores.js';
import { createServers } from './servers.js';

/** @import { NewcomerRules } from '../dist/newcomers/index.js' */
/** @import { Sessions, SessionStore } from '../dist/index.js' */
/** @typedef {{ views: number, note: string }} Data */

const AT_ONCE = 16;
const VISITS_BEFORE = 300;
const PAUSE_MILLISECONDS = 2;
const BUDGET = { max: 1000, per: /** @type {const} */ ('1m') };
const NOTE = 'What a page keeps for a form that a visitor may send or not.';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { hits: { type: 'string', default: '100000' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log('node bench/flood.js [--hits 1000] [store ...]');
  console.log(`Stores: ${Object.keys(OUR_STORES).join('; ')}`);
  process.exit();
}
const hits = Number(values.hits);
const names = positionals.length > 0 ? positionals : Object.keys(OUR_STORES);
const servers = createServers();

console.log(`${hits} hits without a cookie, ${AT_ONCE} at once; Node ${process.version}`);
console.log(
  '| store | budget | stored | refused | kB kept | calls per hit | CPU per hit, µs | hits per s | logged in, alone p50 / p99, ms | in the flood p50 / p99, ms | lost |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const name of names) {
  const candidate = OUR_STORES[/** @type {keyof typeof OUR_STORES} */ (name)];
  if (candidate === undefined) throw new Error(`There is no store ${name}. See --help.`);
  for (const rules of [undefined, newcomers({ total: BUDGET })]) {
    const directory = mkdtempSync(join(tmpdir(), 'sojourn-flood-'));
    const opened = await openOrReason(candidate, directory, servers);
    if (typeof opened === 'string') console.log(`| ${name} | not here: ${opened} |`);
    else {
      await opened.store.clear?.();
      console.log(`| ${[name, ...(await measure(opened.store, rules))].join(' | ')} |`);
      await opened.store.clear?.();
      await opened.store.close?.();
      await opened.close?.();
    }
    rmSync(directory, { recursive: true });
  }
}
await servers.stop();

/** @param {SessionStore} store @param {NewcomerRules | undefined} rules */
async function measure(store, rules) {
  let kept = 0;
  /** @type {SessionStore} */
  const counted = {
    ...store,
    async create(id, record) {
      kept += id.length + record.data.length;
      return store.create(id, record);
    },
  };
  const sessions = /** @type {Sessions<Data>} */ (
    createSessions({ store: counted, newcomers: rules })
  );
  const user = await logIn(sessions);
  const alone = [];
  for (let visit = 0; visit < VISITS_BEFORE; visit++) alone.push(await user.visit());

  let calls = 0;
  kept = 0;
  const stop = sessions.on('storeCall', () => calls++);
  let stored = 0;
  let refused = 0;
  let left = hits;
  const since = performance.now();
  const before = process.cpuUsage();
  const flood = Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) {
        // As a request that comes over a socket.
        await setImmediate();
        if (await hit(sessions)) stored++;
        else refused++;
      }
    }),
  );
  let isOver = false;
  const flooded = flood.then(() => {
    isOver = true;
  });
  const beside = [];
  while (!isOver) {
    beside.push(await user.visit());
    await setTimeout(PAUSE_MILLISECONDS);
  }
  await flooded;
  const seconds = (performance.now() - since) / 1000;
  const { user: own, system } = process.cpuUsage(before);
  stop();
  return [
    rules === undefined ? 'none' : `${BUDGET.max} in ${BUDGET.per}`,
    stored,
    refused,
    Math.round(kept / 1000),
    (Math.max(calls - beside.length * 2, 0) / hits).toFixed(2),
    Math.round((own + system) / hits),
    Math.round(hits / seconds),
    quantiles(alone),
    quantiles(beside),
    await user.lost(),
  ];
}

/** One page for a visitor who never comes back. @param {Sessions<Data>} sessions */
async function hit(sessions) {
  const session = await sessions.open({ host: 'localhost' }, { secure: true });
  session.set('note', NOTE);
  try {
    await sessions.commit(session);
    return true;
  } catch (error) {
    if (isSessionError(error, 'newcomer-limit')) return false;
    throw error;
  }
}

/** A visitor who counts their pages. @param {Sessions<Data>} sessions */
async function logIn(sessions) {
  const first = await sessions.open({ host: 'localhost' }, { secure: true });
  await first.login('ada');
  const [cookie] = (await sessions.commit(first)).cookies;
  const headers = { host: 'localhost', cookie: `${cookie?.name}=${cookie?.value}` };
  let visits = 0;
  return {
    async visit() {
      const since = performance.now();
      const session = await sessions.open(headers, { secure: true });
      session.increment('views');
      await sessions.commit(session);
      visits++;
      return performance.now() - since;
    },
    async lost() {
      const session = await sessions.open(headers, { secure: true });
      return visits - (session.userId === 'ada' ? session.get('views', 0) : 0);
    },
  };
}

/** @param {number[]} times */
function quantiles(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (/** @type {number} */ share) =>
    (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(2);
  return `${at(0.5)} / ${at(0.99)}`;
}
