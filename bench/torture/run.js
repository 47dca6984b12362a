import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findServer, startServer } from '../../scripts/servers/index.js';
import { createApplication } from './applications.js';
import { contradictionsOf } from './checker.js';
import { send, startClients } from './clients.js';
import { createDisk } from './disk.js';
import { torture } from './nemesis.js';
import { createNetwork } from './network.js';
import { createRandom } from './random.js';

/** @import { Contradiction, Event, Forgetting, History } from './types.js' */
/** @import { TorturedStore } from './stores.js' */

/**
 * @typedef {object} Plan
 * @property {TorturedStore} store
 * @property {number} seed
 * @property {number} seconds
 * @property {number} clients
 * @property {number} processes
 * @property {boolean} isBroken Whether the store ignores versions.
 * @property {number} rate Requests of each client in a second.
 */

/**
 * @typedef {object} Result
 * @property {string} store
 * @property {string} version The server's.
 * @property {number} seed
 * @property {number} seconds
 * @property {number} requests
 * @property {number} ok
 * @property {number} none Refused for certain: nothing was changed.
 * @property {number} unknown
 * @property {number} sessions
 * @property {number} tokens
 * @property {Record<string, number>} faults By name.
 * @property {Record<string, number>} told How often Sojourn told of each event.
 * @property {number} deaths How often an application process ended by itself.
 * @property {number} readBack Requests after all was well again.
 * @property {readonly Contradiction[]} contradictions
 */

/** How long all may take to be well again, in milliseconds. */
const RECOVERY = 30_000;

/**
 * @param {Plan} plan @param {(line: string) => void} progress
 * @returns {Promise<{ result: Result, history: History } | { reason: string }>} `reason`: why the
 * server cannot be had here.
 */
export async function run(plan, progress) {
  const { store, seed, seconds } = plan;
  const found = store.server === undefined ? undefined : await findServer(store.server);
  if (found !== undefined && !found.available) return { reason: found.reason };
  const server = store.server === undefined ? undefined : await startServer(store.server);
  const disk = server === undefined ? createDisk() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-torture-log-'));
  const directory = disk?.directory ?? folder;
  const processes = Array.from({ length: plan.processes }, (_, number) => number);
  const networks = await Promise.all(
    server === undefined
      ? []
      : processes.map(() => createNetwork(`${server.url}${store.query ?? ''}`)),
  );
  const log = join(folder, 'log');
  const applications = await Promise.all(
    processes.map((number) =>
      createApplication({
        store: store.opens,
        url: networks[number]?.url ?? '',
        directory,
        log,
        isBroken: plan.isBroken,
      }),
    ),
  );
  const stop = async () => {
    await Promise.all(applications.map((application) => application.kill()));
    for (const network of networks) network.stop();
    await server?.stop();
    disk?.remove();
  };
  const ran = await tortured().finally(stop);
  // The log says why a process ended.
  if (ran.result.deaths === 0) rmSync(folder, { recursive: true, force: true });
  else console.error(`An application process ended by itself; see ${log}.`);
  return ran;

  async function tortured() {
    // One after the other: the first makes the tables.
    for (const application of applications) await application.start();
    /** @type {Event[]} */
    const events = [];
    /** @type {Forgetting[]} */
    const forgettings = [];
    /** @type {Record<string, number>} */
    const faults = {};
    const began = performance.now();
    const isOver = () => performance.now() - began > seconds * 1000;
    const random = createRandom(seed, 'clients');
    const origins = applications.map(({ origin }) => origin);
    const canList = store.cannotList !== true;
    const { count, rate } = { count: plan.clients, rate: plan.rate };
    const { devices, done } = startClients({
      count,
      rate,
      random,
      origins,
      events,
      canList,
      isOver,
    });
    const show = setInterval(() => {
      const time = Math.round((performance.now() - began) / 1000);
      progress(`${store.name}, seed ${seed}: ${time} of ${seconds} s, ${events.length} requests`);
    }, 500);
    const victims = {
      applications,
      networks,
      server,
      disk,
      forgets: store.forgets === true,
      isService: store.isService === true,
    };
    /** @param {string} fault */
    const note = (fault) => {
      faults[fault] = (faults[fault] ?? 0) + 1;
    };
    await Promise.all([
      done,
      torture({ victims, seed, isOver, forgettings, note, createRandom }),
    ]).finally(() => clearInterval(show));

    const requests = events.length;
    const counts = /** @param {Event['result']} result */ (result) =>
      events.filter((event) => event.result === result).length;
    const outcomes = { ok: counts('ok'), none: counts('none'), unknown: counts('unknown') };
    progress(`${store.name}, seed ${seed}: reading back`);
    const tokens = new Set(events.flatMap(({ received = [] }) => received));
    await readBack(devices, tokens, origins, events);
    const history = { events, forgettings };
    progress(`${store.name}, seed ${seed}: checking`);
    const handles = new Set(events.flatMap(({ reply }) => reply?.after?.handle ?? []));
    /** @type {Result} */
    const result = {
      store: store.name,
      version: server?.version ?? process.version,
      seed,
      seconds,
      requests,
      ...outcomes,
      sessions: handles.size,
      tokens: tokens.size,
      faults,
      told: sum(applications.map((application) => application.counts())),
      deaths: applications.reduce((total, application) => total + application.deaths(), 0),
      readBack: events.length - requests,
      contradictions: contradictionsOf(history),
    };
    return { result, history };
  }
}

/**
 * Every browser looks at its session, and every token that was ever given is shown once more.
 * @param {readonly import('./clients.js').Device[]} devices @param {ReadonlySet<string>} tokens
 * @param {readonly string[]} origins @param {Event[]} events
 */
async function readBack(devices, tokens, origins, events) {
  const operation = { kind: /** @type {const} */ ('show') };
  const readers = [
    ...devices.map(({ user, cookie }) => ({ user, cookie })),
    ...[...tokens].map((cookie) => ({ user: 'reader', cookie })),
  ];
  const until = performance.now() + RECOVERY;
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let number = next++; number < readers.length; number = next++) {
        const reader = /** @type {{ user: string, cookie: string | undefined }} */ (
          readers[number]
        );
        const device = { ...reader, vouchers: [], notices: [] };
        const name = `${reader.user}/last/${number}`;
        for (;;) {
          const origin = /** @type {string} */ (origins[number % origins.length]);
          const { reply } = await send({ origin, name, device, operation, events });
          if (reply !== undefined) break;
          if (performance.now() > until)
            throw new Error(
              `The application does not answer ${RECOVERY / 1000} s after all faults.`,
            );
          await sleep(200);
        }
      }
    }),
  );
}

/** @param {readonly Readonly<Record<string, number>>[]} all */
function sum(all) {
  /** @type {Record<string, number>} */
  const total = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
}
