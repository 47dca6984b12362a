/*
 * What a million sessions cost one store, in a process of its own (needs --expose-gc): `process.js
 * <system>` prints bytes and pauses as JSON. The clock is shifted to let all of them expire at
 * once.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { round, totalCpu } from '../measure.js';
import { STORES } from './stores.js';

const SESSIONS = 1_000_000;
const SESSIONS_PER_TURN = 100;
const DAY = 86_400_000;
/** Longer than the interval at which any of the stores sweeps. */
const SWEEP_MILLISECONDS = 12_000;

const realNow = Date.now;
let shift = 0;
Date.now = () => realNow() + shift;

/**
 * What the garbage collector did, as it is reported: some time afterwards. @type {{ startTime:
 * number, duration: number }[]}
 */
const collections = [];
new PerformanceObserver((list) => void collections.push(...list.getEntries())).observe({
  entryTypes: ['gc'],
});

const subject = STORES[process.argv[2] ?? ''];
if (subject === undefined) throw new Error('Name one of its systems');
const { insert, sweeps } = await subject();
const empty = await usedBytes();

const inserting = turns();
for (let number = 0; number < SESSIONS; number++) {
  insert(number);
  if (number % SESSIONS_PER_TURN === SESSIONS_PER_TURN - 1) await inserting.next();
}
const full = await usedBytes();

shift = DAY;
const freeing = turns();
const sweepEnd = performance.now() + (sweeps ? SWEEP_MILLISECONDS : 0);
while (performance.now() < sweepEnd) await freeing.next();
const left = await usedBytes();

await setTimeout(20);

process.stdout.write(
  JSON.stringify({
    bytesPerSession: Math.round((full - empty) / SESSIONS),
    longestPauseMs: round(inserting.longest(), 1),
    longestPauseWithoutCollectorMs: round(inserting.longestWithoutCollector(), 1),
    longestPauseFreeingMs: sweeps ? round(freeing.longest(), 1) : null,
    longestPauseFreeingWithoutCollectorMs: sweeps
      ? round(freeing.longestWithoutCollector(), 1)
      : null,
    freedShare: round((full - left) / (full - empty), 2),
  }),
);
// Keeps the store reachable until here.
insert(SESSIONS);
process.exit();

/**
 * How long the turns of the event loop take, with and without what the garbage collector took of
 * them. Of time and CPU time the lesser, so that other processes do not count.
 */
function turns() {
  /** @type {{ start: number, end: number, took: number }[]} */
  const all = [];
  let start = performance.now();
  let cpu = process.cpuUsage();
  const collected = (/** @type {typeof all[number]} */ turn) =>
    collections
      .filter(({ startTime }) => startTime >= turn.start && startTime < turn.end)
      .reduce((total, { duration }) => total + duration, 0);
  return {
    longest: () => Math.max(...all.map(({ took }) => took)),
    longestWithoutCollector: () => Math.max(...all.map((turn) => turn.took - collected(turn))),
    async next() {
      await setImmediate();
      const end = performance.now();
      const took = Math.min(end - start, totalCpu(process.cpuUsage(cpu)) / 1000);
      if (took > 0.5) all.push({ start, end, took });
      start = performance.now();
      cpu = process.cpuUsage();
    },
  };
}

/** Heap and what lies outside of it, after a full collection. */
async function usedBytes() {
  await setTimeout(20);
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
