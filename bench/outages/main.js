// What an outage of the store costs: `node bench/outages/main.js`, after `npm run build`. For each
// store and each fault it prints how long pages without a session took (99th percentile, before,
// during and after), how long after the fault every user could write again, and how many
// acknowledged writes were lost. `--seconds 2` makes each fault shorter than 10 seconds; names of
// stores choose some: `node bench/outages/main.js redis postgres`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { REMOTE_STORES } from '../remote-stores.js';
import { createServers } from '../servers.js';
import { createFaultyNetwork } from './faulty-network.js';
import { pause, startGuests, startUsers } from './visitors.js';

const FAULTS = /** @type {const} */ (['stalled', 'refused', 'slow', 'flapping']);
/** A cluster tells its clients addresses that lead around the faulty network. */
const AROUND = 'redis-cluster';
/** A store that does not recover within this time ends the program, in milliseconds. */
const PATIENCE = 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const stores = Object.keys(REMOTE_STORES).filter((name) => name !== AROUND);
const unknown = positionals.filter((word) => !stores.some((name) => name.includes(word)));
const seconds = Number(values.seconds);
if (values.help || unknown.length > 0 || !(seconds > 0)) {
  console.error(`node bench/outages/main.js [--seconds 10] [${stores.join('] [')}]`);
  process.exit(values.help ? 0 : 1);
}

const servers = createServers();
let lostAtAll = 0;
try {
  console.log('| store | fault | p99 before | during | after | recovered | acknowledged | lost |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const name of stores) {
    if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue;
    const { url, reason } = await servers.find(REMOTE_STORES[name]?.server ?? 'redis');
    if (url === undefined) console.error(`${name}: ${reason}`);
    else await measure(name, url);
  }
} finally {
  await servers.stop();
}
process.exit(lostAtAll === 0 ? 0 : 1);

/** @param {string} name @param {string} url */
async function measure(name, url) {
  const network = await createFaultyNetwork(url);
  const child = fork(
    fileURLToPath(new URL('server.js', import.meta.url)),
    [name, network.url],
    // What a client reports during a fault must not get between the rows.
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  );
  const [port] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended: ${code}`))),
  ]);
  // The first requests compile the code.
  const warming = startGuests(port);
  await pause(2_000);
  await warming.stop();

  for (const fault of FAULTS) {
    const users = await startUsers(port);
    const guests = startGuests(port);
    await pause(500 * seconds);
    const before = guests.p99();
    await network.turn(fault);
    await pause(1_000 * seconds);
    const during = guests.p99();
    await network.turn('none');
    const recovery = await Promise.race([users.recovered(), pause(PATIENCE)]);
    if (recovery === undefined) throw new Error(`${name} does not recover from: ${fault}.`);
    await pause(500 * seconds);
    const after = guests.p99();
    await guests.stop();
    const { acknowledged, lost } = await users.stop();
    lostAtAll += lost;
    const times = [before, during, after].map((time) => `${time.toFixed(1)} ms`);
    const row = [name, fault, ...times, `${(recovery / 1000).toFixed(2)} s`, acknowledged, lost];
    console.log(`| ${row.join(' | ')} |`);
  }
  child.disconnect();
  await once(child, 'exit');
  network.stop();
}
