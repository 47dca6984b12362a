/**
 * One measured thing.
 * @typedef {object} Cell
 * @property {string} case
 * @property {string} system
 * @property {string} action
 * @property {boolean} [isRequest] whether the bare system does something worth comparing with
 * @property {(milliseconds: number) => Promise<Sample>} run does it again and again for about this
 * long
 */

/**
 * @typedef {object} Sample
 * @property {number} cpuMicros CPU time of one request or operation
 * @property {number} [wallMicros] time on the clock of one operation, one after the other
 * @property {number} [perSecond] operations in a second, some at once
 * @property {number} [connections] over so many at once
 * @property {number} [p50Micros] within which half of the requests under load were answered
 * @property {number} [p99Micros] the same of 99 of 100
 * @property {number} [storeCommands] store commands of one request
 * @property {Record<string, number>} [serverCommands] those by name, and those inside scripts, as
 * the server counted them for one request
 * @property {number} [cookieBytes] length of the session's cookies
 */

/**
 * @typedef {object} Row
 * @property {string} case
 * @property {string} system
 * @property {string} action
 * @property {number | null} cpuMicrosOverBare
 * @property {number | null} requestsRatio
 * @property {number | null} storeCommands
 * @property {string} [reason] why nothing could be measured
 * @property {number} [wallMicros]
 * @property {number} [perSecond]
 * @property {number} [connections]
 * @property {number} [p50Micros]
 * @property {number} [p99Micros]
 * @property {Record<string, number>} [serverCommands]
 * @property {number} [cookieBytes]
 * @property {number} [cpuMicros] with what the bare system costs
 * @property {number} [samples] how many the medians are of
 * @property {number} [bundleBytes] minified and compressed with gzip
 * @property {number} [minifiedBytes]
 * @property {Record<string, number>} [minifiedParts] those by folder
 * @property {number} [bytesPerSession] heap and external, after a collection
 * @property {number} [longestPauseMs] of the event loop while sessions are inserted
 * @property {number} [longestPauseWithoutCollectorMs] the same without what the garbage collector
 * took
 * @property {number | null} [longestPauseFreeingMs] while expired sessions are freed; null when
 * they are not
 * @property {number | null} [longestPauseFreeingWithoutCollectorMs]
 * @property {number} [freedShare] what part of the memory is free some seconds after all sessions
 * expired
 */

/**
 * Starts what a case measures, as far as it is wanted, with its bare system.
 * @template Case
 * @typedef {(which: Case, isWanted: IsWanted, servers: Servers) => Promise<OpenedCase>} OpenCase
 */
/** @typedef {(system: string, action: string) => boolean} IsWanted */
/** @typedef {ReturnType<typeof import('./servers.js').createServers>} Servers */
/** @typedef {{ cells: Cell[], absent?: Absent[], close(): Promise<void> }} OpenedCase */
/** @typedef {{ system: string, reason: string }} Absent What cannot be measured here. */

/**
 * @typedef {object} Batches
 * @property {() => Promise<readonly string[]>} before makes what a batch of tasks needs
 * @property {(item: string) => Promise<unknown>} task
 * @property {(batch: readonly string[]) => Promise<unknown>} [after]
 */

/** The system that does the same without what is measured. */
export const BARE = 'bare';

const SAMPLE_MILLISECONDS = 250;
/**
 * Samples that are thrown away, until V8 has compiled the code: a request that costs 5 us in the
 * end costs 80 in the first second.
 */
const WARM_UPS = 6;

/**
 * Samples all cells in turn, round after round, so that whatever else the machine does hits all of
 * them, and compares each sample with the bare one of its round. Each round begins with another
 * system.
 * @param {Cell[]} cells
 * @param {number} rounds
 * @param {(text: string) => void} progress
 * @returns {Promise<Row[]>}
 */
export async function measure(cells, rounds, progress) {
  const samples = new Map(cells.map((cell) => [cell, /** @type {Sample[]} */ ([])]));
  for (let round = -WARM_UPS; round < rounds; round++) {
    progress(
      round < 0
        ? `${cells[0]?.case}: warming up`
        : `${cells[0]?.case}: round ${round + 1} of ${rounds}`,
    );
    for (const action of new Set(cells.map((cell) => cell.action))) {
      for (const cell of rotated(
        cells.filter((other) => other.action === action),
        round,
      )) {
        const sample = await cell.run(SAMPLE_MILLISECONDS);
        if (round >= 0) samples.get(cell)?.push(sample);
      }
    }
  }
  return cells.map((cell) => {
    const bare = cells.find((other) => other.system === BARE && other.action === cell.action);
    return rowOf(cell, samples.get(cell) ?? [], (bare && samples.get(bare)) ?? []);
  });
}

/**
 * @param {Cell} cell
 * @param {Sample[]} samples
 * @param {Sample[]} bare
 * @returns {Row}
 */
function rowOf({ case: name, system, action, isRequest = false }, samples, bare) {
  const micros = samples.map((sample) => sample.cpuMicros);
  const bareMicros = bare.map((sample) => sample.cpuMicros);
  const { storeCommands, serverCommands, cookieBytes, connections } = samples.at(-1) ?? {};
  return {
    case: name,
    system,
    action,
    cpuMicrosOverBare:
      system === BARE
        ? 0
        : round(median(micros.map((value, index) => value - (bareMicros[index] ?? 0))), 1),
    requestsRatio: isRequest
      ? round(median(micros.map((value, index) => (bareMicros[index] ?? 0) / value)), 2)
      : null,
    storeCommands: storeCommands === undefined ? null : round(storeCommands, 1),
    cpuMicros: round(median(micros), 1),
    samples: samples.length,
    ...medianOf(samples, 'wallMicros'),
    ...medianOf(samples, 'perSecond'),
    ...medianOf(samples, 'p50Micros'),
    ...medianOf(samples, 'p99Micros'),
    ...(connections && { connections }),
    ...(serverCommands && { serverCommands }),
    ...(cookieBytes && { cookieBytes }),
  };
}

/**
 * @param {readonly Sample[]} samples @param {'wallMicros' | 'perSecond' | 'p50Micros' |
 * 'p99Micros'} field @returns {Partial<Row>}
 */
function medianOf(samples, field) {
  const values = samples.map((sample) => sample[field]).filter((value) => value !== undefined);
  return values.length === 0 ? {} : { [field]: round(median(values), 1) };
}

/** @param {string} name of the case @param {Absent} absent @returns {Row} */
export function absentRow(name, { system, reason }) {
  return {
    case: name,
    system,
    action: '',
    cpuMicrosOverBare: null,
    requestsRatio: null,
    storeCommands: null,
    reason,
  };
}

/**
 * The cells that are wanted, with the bare ones to compare them with.
 * @param {readonly Cell[]} cells
 * @param {(system: string, action: string) => boolean} isWanted
 */
export function wantedOf(cells, isWanted) {
  const actions = new Set(
    cells.filter(({ system, action }) => isWanted(system, action)).map(({ action }) => action),
  );
  return cells.filter(({ system, action }) =>
    system === BARE ? actions.has(action) : isWanted(system, action),
  );
}

/**
 * What one `task` costs, run again and again in this process, one after the other.
 * @param {() => unknown} task
 * @param {number} milliseconds
 * @returns {Promise<{ cpuMicros: number, wallMicros: number }>}
 */
export async function costOf(task, milliseconds) {
  const start = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  while (performance.now() < start + milliseconds) {
    for (let step = 0; step < 20; step++) await task();
    count += 20;
  }
  return {
    cpuMicros: totalCpu(process.cpuUsage(before)) / count,
    wallMicros: ((performance.now() - start) * 1000) / count,
  };
}

/**
 * The same for what has no part outside this process. @param {() => unknown} task @param {number}
 * milliseconds
 */
export async function cpuOf(task, milliseconds) {
  const { cpuMicros } = await costOf(task, milliseconds);
  return { cpuMicros };
}

/**
 * What one `task` of those costs that each need something made before, or leave something behind.
 * @param {Batches} batches
 * @param {number} milliseconds
 * @returns {Promise<{ cpuMicros: number, wallMicros: number }>}
 */
export async function costInBatches({ before, task, after }, milliseconds) {
  let cpu = 0;
  let wall = 0;
  let count = 0;
  while (wall < milliseconds) {
    const batch = await before();
    const start = performance.now();
    const usage = process.cpuUsage();
    for (const item of batch) await task(item);
    cpu += totalCpu(process.cpuUsage(usage));
    wall += performance.now() - start;
    count += batch.length;
    await after?.(batch);
  }
  return { cpuMicros: cpu / count, wallMicros: (wall * 1000) / count };
}

/**
 * How often a second `task` is done when so many workers do it at once, each again and again.
 * @param {(worker: number) => unknown} task
 * @param {number} workers
 * @param {number} milliseconds
 */
export async function throughputOf(task, workers, milliseconds) {
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      while (performance.now() < start + milliseconds) {
        await task(worker);
        count++;
      }
    }),
  );
  return (count * 1000) / (performance.now() - start);
}

/** @param {NodeJS.CpuUsage} usage @returns {number} microseconds */
export function totalCpu({ user, system }) {
  return user + system;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return (
    ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
  );
}

/**
 * The least value that so many percent of all do not exceed. @param {readonly number[]} values
 * @param {number} percent
 */
export function percentile(values, percent) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN;
}

/** @param {number} value @param {number} digits */
export function round(value, digits) {
  return Number(value.toFixed(digits));
}

/** @template Item @param {Item[]} items @param {number} by @returns {Item[]} */
function rotated(items, by) {
  const start = ((by % items.length) + items.length) % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
