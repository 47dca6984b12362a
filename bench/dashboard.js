// What a page of the dashboard costs, over SQLite, Redis or PostgreSQL, after `npm run build`:
// `node bench/dashboard.js 1000000 redis`. SQLite, the default, needs a Node with node:sqlite. The
// sessions are copies of one that the library stored, with ids of their own.
import { createAdmin } from '../dist/admin/index.js';
import { createSessions } from '../dist/index.js';
import { PLACES } from './dashboard-places.js';

const total = Number(process.argv[2] ?? 100_000);
const name = process.argv[3] ?? 'sqlite';
const open = PLACES[name];
if (!Number.isSafeInteger(total) || total < 1 || open === undefined) {
  console.error(`Usage: node bench/dashboard.js <sessions> <${Object.keys(PLACES).join('|')}>`);
  process.exit(2);
}
const rounds = 200;
const { store, fill, close } = await open();
const sessions = createSessions({ store, clientFacts: true });
const admin = createAdmin(sessions, { authorize: () => 'bench', endedFor: false });

const session = await sessions.open({ 'user-agent': 'Firefox' }, { secure: true });
session.set('cart', ['tea', 'milk']);
await session.login('user 0');
await sessions.commit(session);
await fill(session.id, total);

/** @type {number[]} */
let calls = [];
sessions.on('storeCall', ({ verb, milliseconds }) => {
  if (verb !== 'count') calls.push(milliseconds);
});

/** @param {string} title @param {() => Promise<unknown>} task @param {number} [times] */
async function measure(title, task, times = rounds) {
  calls = [];
  const took = [];
  for (let round = 0; round < times; round++) {
    const since = performance.now();
    await task();
    took.push(performance.now() - since);
  }
  console.log(`${title}: store ${quantiles(calls)}, whole answer ${quantiles(took)}`);
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

/**
 * Walks through all, or so many steps. @param {object} filter @param {number} [most]
 */
async function endMany(filter, most = Number.POSITIVE_INFINITY) {
  const since = performance.now();
  const sum = { matched: 0, ended: 0, steps: 0 };
  let after;
  do {
    const answer = await admin.fetch(
      new Request('http://localhost/end', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...filter, ...(after && { after }) }),
      }),
    );
    const step = await answer.json();
    if (!answer.ok) throw new Error(step.error.message);
    sum.matched += step.matched;
    sum.ended += step.ended;
    sum.steps++;
    after = step.next;
  } while (after !== undefined && sum.steps < most);
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  return `${sum.matched} matched, ${sum.ended} ended, ${sum.steps} steps, ${seconds} s`;
}

const before = process.memoryUsage().rss;
console.log(`${total.toLocaleString('en-US')} sessions in ${name}, Node ${process.version}`);
await measure('first page of 50', () => page('/sessions'));
let next = '/sessions';
await measure('page after page', async () => {
  const text = await page(next);
  next = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '/sessions';
});
await measure('a user', () => page('/users/user%20777'));
await measure('statistics', () => page('/stats'));
const since = performance.now();
await page('/stats?count=1');
console.log(`a count, on demand: ${(performance.now() - since).toFixed(0)} ms`);
console.log(`memory grown by ${grown()} MB`);
const idle = { idleFor: '1ms' };
console.log(`ending all, dry run: ${await endMany({ ...idle, dryRun: true })}`);
console.log(`ending all, one step: ${await endMany({ ...idle, dryRun: false }, 1)}`);
console.log(`memory grown by ${grown()} MB`);
await admin.close();
await close();

function grown() {
  return ((process.memoryUsage().rss - before) / 1_000_000).toFixed(0);
}
