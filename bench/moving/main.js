import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openStore } from '../../dist/config/drivers.js';
import { createSessions } from '../../dist/index.js';
import { createServers } from '../servers.js';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Report } from './process.js' */

const HELP = `npm run build && node bench/moving/main.js [options]

Moves sessions from Redis to PostgreSQL with \`npx sojourn move\`, while two processes serve visitors
who are signed in: they read, change their session, sign in and sign out. Prints how many were
signed out and how many changes were lost: both must be 0.

  --sessions <n>  how many sessions there are (default 100000)
  --visitors <n>  how many requests are under way in each process (default 16)
  --seconds <n>   how long each phase lasts, beside the move (default 5)
  --help          this text
`;

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100000' },
    visitors: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

/** What the two processes use, one phase after the other; one process changes at a time. */
const PHASES = ['from', 'prepare', 'move', 'to'];
const SEEDED_AT_ONCE = 64;

if (values.help) process.stdout.write(HELP);
else await main();

async function main() {
  const servers = createServers();
  try {
    const [redis, postgres] = await Promise.all([servers.find('redis'), servers.find('postgres')]);
    if (redis.url === undefined || postgres.url === undefined)
      throw new Error(`There is no server: ${redis.reason ?? postgres.reason}`);
    const place = { from: redis.url, to: postgres.url, table: `moving_${process.pid}` };
    process.exitCode = await move(place, servers.versions());
  } finally {
    await servers.stop();
  }
}

/** @param {{ from: string, to: string, table: string }} place @param {string[]} versions */
async function move(place, versions) {
  const { from, to, table } = place;
  const sessions = Number(values.sessions);
  const old = await openStore({ connection: from, table });
  const fresh = await openStore({ connection: to, table });
  await fresh.store.migrate?.();
  print(`${sessions} sessions, ${versions.join(', ')}, Node ${process.version}`);
  const cookies = await seed(old.store, sessions);

  const children = await Promise.all([0, 1].map((number) => start(number, place, cookies)));
  let moveSeconds = 0;
  for (const phase of PHASES) {
    for (const child of children) {
      child.send({ phase });
      await once(child, 'message');
      await wait(Number(values.seconds) / 2);
    }
    print(`Both processes: ${phase}`);
    if (phase === 'move') {
      const began = performance.now();
      await runCommand(['move', '--from', from, '--to', to, '--table', table]);
      moveSeconds = (performance.now() - began) / 1000;
    }
  }
  const reports = await Promise.all(children.map(stop));
  const lost = await countLost(fresh.store, cookies, reports);
  const left = await old.store.count?.();
  await old.store.clear?.();
  await fresh.store.clear?.();
  await old.store.close?.();
  await fresh.store.close?.();
  return tell(reports, lost, left ?? 0, moveSeconds);
}

/**
 * Signs so many users in, each with a session of their own. @returns their cookies
 * @param {import('../../dist/index.js').SessionStore} store @param {number} count
 */
async function seed(store, count) {
  const sessions = createSessions({ store });
  /** @type {string[]} */
  const cookies = [];
  for (let begun = 0; begun < count; begun += SEEDED_AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(SEEDED_AT_ONCE, count - begun) },
      (_, n) => begun + n,
    );
    await Promise.all(
      numbers.map(async (number) => {
        const session = await sessions.open({}, { secure: true });
        session.set('changes', 0);
        session.set('name', `Visitor ${number}`);
        session.set('cart', [{ article: 17, quantity: 2 }]);
        await session.login(`user-${number}`);
        const { headers } = await sessions.commit(session);
        const [, cookie = ''] = headers.find(([name]) => name === 'Set-Cookie') ?? [];
        cookies[number] = cookie.split(';')[0] ?? '';
      }),
    );
  }
  return cookies;
}

/**
 * @param {number} number @param {object} place @param {readonly string[]} cookies
 * @returns {Promise<ChildProcess>}
 */
async function start(number, place, cookies) {
  const child = fork(fileURLToPath(new URL('process.js', import.meta.url)));
  child.send({ number, place, cookies, visitors: Number(values.visitors) });
  await once(child, 'message');
  return child;
}

/** @param {ChildProcess} child @returns {Promise<Report>} */
async function stop(child) {
  child.send({ phase: 'stop' });
  const [report] = await once(child, 'message');
  child.disconnect();
  return report;
}

/** @param {readonly string[]} parameters */
async function runCommand(parameters) {
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, ...parameters], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`sojourn move ended with ${code}`);
}

/**
 * How many acknowledged changes are not there at the end.
 * @param {import('../../dist/index.js').SessionStore} store @param {readonly string[]} cookies
 * @param {readonly Report[]} reports
 */
async function countLost(store, cookies, reports) {
  const sessions = createSessions({ store });
  let lost = 0;
  for (const [number, cookie] of cookies.entries()) {
    const changes = reports.reduce((sum, report) => sum + (report.changes[number] ?? 0), 0);
    if (changes === 0) continue;
    const session = await sessions.open({ cookie }, { secure: true });
    lost += Math.abs(changes - Number(session.get('changes') ?? 0));
  }
  return lost;
}

/**
 * @param {readonly Report[]} reports @param {number} lost @param {number} left
 * @param {number} moveSeconds
 */
function tell(reports, lost, left, moveSeconds) {
  /** @param {(report: Report) => number} of */
  const sum = (of) => reports.reduce((total, report) => total + of(report), 0);
  const signedOut = sum(({ signedOut }) => signedOut);
  const revived = sum(({ revived }) => revived);
  const failed = sum(({ failed }) => failed);
  print(`The command took ${moveSeconds.toFixed(0)} s. Left in the old store: ${left}.`);
  print(
    `Requests: ${sum(({ requests }) => requests)}, of them changes ${sum(({ changes }) => Object.values(changes).reduce((all, count) => all + count, 0))}, sign-ins ${sum(({ signIns }) => signIns)}, sign-outs ${sum(({ signOuts }) => signOuts)}.`,
  );
  for (const phase of PHASES) {
    const times = reports
      .flatMap(({ milliseconds }) => milliseconds[phase] ?? [])
      .sort((a, b) => a - b);
    const at = (/** @type {number} */ share) =>
      (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
    print(`  ${phase}: ${at(0.5)} ms (median), ${at(0.99)} ms (99 of 100)`);
  }
  print(`Signed out against their will: ${signedOut}`);
  print(`Changes lost: ${lost}`);
  print(`Sessions that came back after a sign-out: ${revived}`);
  print(`Failed requests: ${failed}`);
  return signedOut + lost + revived + failed + left === 0 ? 0 : 1;
}

/** @param {number} seconds */
function wait(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
