// What a page of the dashboard costs over a table of SQLite: `node bench/dashboard.js 1000000`,
// after `npm run build`, on a Node with node:sqlite. The rows are copies of one session that the
// library stored, with ids of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createAdmin } from '../dist/admin/index.js';
import { createSessions } from '../dist/index.js';
import { sqliteStore } from '../dist/stores/sqlite.js';

const total = Number(process.argv[2] ?? 100_000);
const rounds = 200;
const folder = mkdtempSync(join(tmpdir(), 'sojourn-dashboard-'));
const database = new DatabaseSync(join(folder, 'sessions.sqlite'));
database.exec('pragma journal_mode = wal');
const store = sqliteStore({ database, pruneInterval: false });
await store.migrate?.();
const sessions = createSessions({ store, clientFacts: true });
const admin = createAdmin(sessions, { authorize: () => 'bench' });

const session = await sessions.open({ 'user-agent': 'Firefox' }, { secure: true });
session.set('cart', ['tea', 'milk']);
await session.login('user 0');
await sessions.commit(session);
database.exec(`
  with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${total - 1})
  insert into sessions
    select hex(randomblob(16)) || n, version, 'user ' || (n / 3), ip_address, user_agent, payload,
      created_at, last_activity, expires_at
    from sessions, counted where id = '${session.id}'`);

/** @type {number[]} */
let calls = [];
sessions.on('storeCall', ({ verb, milliseconds }) => {
  if (verb !== 'count') calls.push(milliseconds);
});

/** @param {string} name @param {() => Promise<string>} task */
async function measure(name, task) {
  calls = [];
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    await task();
    times.push(performance.now() - since);
  }
  console.log(`${name}: store ${quantiles(calls)}, whole answer ${quantiles(times)}`);
}

/** @param {number[]} times */
function quantiles(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (/** @type {number} */ share) =>
    `${(sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1)} ms`;
  return `p50 ${at(0.5)} p99 ${at(0.99)}`;
}

/** @param {string} path */
async function page(path) {
  const headers = { accept: 'text/html' };
  return (await admin.fetch(new Request(`http://localhost${path}`, { headers }))).text();
}

const before = process.memoryUsage().rss;
console.log(`${total.toLocaleString('en-US')} sessions, Node ${process.version}`);
await measure('first page of 50', () => page('/sessions'));
let next = '/sessions';
await measure('page after page', async () => {
  const text = await page(next);
  next = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '/sessions';
  return text;
});
await measure('a user', () => page('/users/user%20777'));
await measure('statistics', () => page('/stats'));
const since = performance.now();
await page('/stats?count=1');
console.log(`a count, on demand: ${(performance.now() - since).toFixed(0)} ms`);
const grown = (process.memoryUsage().rss - before) / 1_000_000;
console.log(`memory grown by ${grown.toFixed(0)} MB`);
await admin.close();
database.close();
rmSync(folder, { recursive: true });
