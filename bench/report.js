import { BARE, round } from './measure.js';
import { NOTES } from './notes.js';
import { TARGETS } from './targets.js';

/** @import { Row } from './measure.js' */

/**
 * The tables of all cases, in Markdown that also reads well in a terminal. @param {readonly Row[]}
 * rows
 */
export function caseTables(rows) {
  return [...new Set(rows.map((row) => row.case))]
    .map((name) => `## ${name}\n\n${caseTable(rows.filter((row) => row.case === name))}`)
    .join('\n\n');
}

/**
 * Targets beside what was measured; those that were not measured are left out. @param {readonly
 * Row[]} rows
 */
export function targetTable(rows) {
  const lines = TARGETS.flatMap(({ id, unit, limit, isAtLeast = false, value }) => {
    const measured = value(rows);
    if (measured === undefined || measured === null) return [];
    const isMet = isAtLeast ? measured >= limit : measured <= limit;
    const distance = `${Math.round(Math.abs(measured / limit - 1) * 100)}%`;
    return [
      [
        id,
        `at ${isAtLeast ? 'least' : 'most'} ${limit.toLocaleString('en')} ${unit}`,
        Number(measured.toFixed(2)).toLocaleString('en'),
        isMet ? 'yes' : `no: ${distance} ${isAtLeast ? 'below' : 'above'}`,
        isMet ? '' : (NOTES[id] ?? ''),
      ],
    ];
  });
  return lines.length === 0
    ? ''
    : `## targets\n\n${table(['target', 'limit', 'measured', 'met', 'why'], lines)}`;
}

/** @param {readonly Row[]} rows */
function caseTable(rows) {
  const measured = rows.filter((row) => row.reason === undefined);
  const missing = rows
    .filter((row) => row.reason !== undefined)
    .map((row) => `${row.system} is missing: ${row.reason}`);
  return [...(measured.length > 0 ? tables(measured) : []), ...missing].join('\n\n');
}

/** @param {readonly Row[]} rows */
function tables(rows) {
  if (rows.some((row) => row.bytesPerSession !== undefined)) return [millionTable(rows)];
  if (rows.some((row) => row.bundleBytes !== undefined)) return [bundleTable(rows)];
  if (rows.some((row) => row.wallMicros !== undefined))
    return rows.some((row) => row.perSecond !== undefined) ? [storeTable(rows)] : [callTable(rows)];
  return [
    cpuTable(rows),
    ...(rows.some((row) => row.p99Micros !== undefined) ? [loadTable(rows)] : []),
    ...(rows.some((row) => row.serverCommands !== undefined) ? [commandTable(rows)] : []),
  ];
}

/**
 * One line for each system, columns for each action. @param {readonly Row[]} rows @param {(row: Row
 * | undefined) => readonly string[]} cells
 */
function lines(rows, cells) {
  const systems = [...new Set(rows.map((row) => row.system))];
  return systems.map((system) => [
    system,
    ...actionsOf(rows).flatMap((action) =>
      cells(rows.find((row) => row.system === system && row.action === action)),
    ),
  ]);
}

/** @param {readonly Row[]} rows */
function actionsOf(rows) {
  return [...new Set(rows.map((row) => row.action))];
}

/** @param {readonly Row[]} rows */
function samplesOf(rows) {
  return Math.min(...rows.map((row) => row.samples ?? 0));
}

/** @param {readonly Row[]} rows */
function cpuTable(rows) {
  const cells = (/** @type {Row | undefined} */ row) => [cell(row)];
  return `${legend(rows)}, medians of ${samplesOf(rows)} samples\n\n${table(['system', ...actionsOf(rows)], lines(rows, cells))}`;
}

/** @param {readonly Row[]} rows */
function loadTable(rows) {
  const cells = (/** @type {Row | undefined} */ row) => [
    row === undefined
      ? ''
      : `${milliseconds(row.p50Micros)} / ${milliseconds(row.p99Micros)} (${perSecond(row)})`,
  ];
  return `Milliseconds until the answer of a request, p50 / p99 (requests a second), over ${rows[0]?.connections} connections at once\n\n${table(['system', ...actionsOf(rows)], lines(rows, cells))}`;
}

/** @param {number | undefined} micros */
function milliseconds(micros = Number.NaN) {
  return (micros / 1000).toFixed(2);
}

/** @param {Row} row */
function perSecond(row) {
  return Math.round(row.perSecond ?? 0).toLocaleString('en');
}

const COMMANDS =
  "Commands per request by the server's own count (INFO commandstats): what was sent, and what its scripts called";

/** @param {readonly Row[]} rows */
function commandTable(rows) {
  const counted = rows.filter((row) => row.system !== BARE);
  const cells = (/** @type {Row | undefined} */ row) => {
    const commands = Object.entries(row?.serverCommands ?? {});
    return [commands.map(([name, calls]) => `${round(calls, 2)} ${name}`).join(', ')];
  };
  return `${COMMANDS}\n\n${table(['system', ...actionsOf(rows)], lines(counted, cells))}`;
}

const OPERATIONS =
  "Microseconds of one operation: CPU time of the client's process over bare, and time on the clock, one after the other; operations in a second, 16 at once";

/** @param {readonly Row[]} rows */
function storeTable(rows) {
  const heads = actionsOf(rows).flatMap((action) => [
    `${action}: CPU us`,
    'us on the clock',
    `${action}s a second`,
  ]);
  const cells = (/** @type {Row | undefined} */ row) =>
    row === undefined
      ? ['', '', '']
      : [text(row.cpuMicrosOverBare), text(row.wallMicros), perSecond(row)];
  return `${OPERATIONS}; medians of ${samplesOf(rows)} samples\n\n${table(['system', ...heads], lines(rows, cells))}`;
}

const CALLS =
  "Microseconds of one call: CPU time of the client's process over bare / time on the clock, one after the other";

/** @param {readonly Row[]} rows */
function callTable(rows) {
  const cells = (/** @type {Row | undefined} */ row) => [
    row === undefined ? '' : `${row.cpuMicrosOverBare} / ${row.wallMicros}`,
  ];
  return `${CALLS}; medians of ${samplesOf(rows)} samples\n\n${table(['system', ...actionsOf(rows)], lines(rows, cells))}`;
}

/** @param {readonly Row[]} rows */
function legend(rows) {
  const hasCookies = rows.some((row) => row.cookieBytes !== undefined);
  const hasRatios = rows.some((row) => row.requestsRatio !== null);
  const commands = rows.some((row) => row.serverCommands !== undefined)
    ? 'round trips to Redis, by its own count'
    : 'store commands';
  return hasRatios
    ? `CPU microseconds of the server per request over the bare one (requests for the same CPU beside bare); [${commands}]`
    : `CPU microseconds over bare${hasCookies ? '; {characters of the cookie}' : ''}`;
}

/** @param {Row | undefined} row */
function cell(row) {
  if (row === undefined) return '';
  if (row.system === BARE) return `0 of ${row.cpuMicros}`;
  const ratio =
    row.requestsRatio === null ? '' : ` (${row.requestsRatio.toFixed(2).replace(/^0/, '')})`;
  const commands = row.storeCommands === null ? '' : ` [${row.storeCommands}]`;
  const cookie = row.cookieBytes === undefined ? '' : ` {${row.cookieBytes}}`;
  return `${row.cpuMicrosOverBare}${ratio}${commands}${cookie}`;
}

/** @param {readonly Row[]} rows */
function bundleTable(rows) {
  const cells = rows.map((row) => [
    row.system,
    text(row.bundleBytes?.toLocaleString('en')),
    text(row.minifiedBytes?.toLocaleString('en')),
    Object.entries(row.minifiedParts ?? {})
      .map(([part, bytes]) => `${part} ${bytes.toLocaleString('en')}`)
      .join(', '),
  ]);
  return `Bytes as esbuild minifies, without the modules of Node\n\n${table(['what is imported', 'compressed with gzip', 'minified', 'of which'], cells)}`;
}

/** @param {readonly Row[]} rows */
function millionTable(rows) {
  const heads = [
    'system',
    'bytes a session',
    'longest pause inserting, ms',
    'without collector',
    'freeing, ms',
    'without collector',
    'freed by itself',
  ];
  const cells = rows.map((row) => [
    row.system,
    text(row.bytesPerSession),
    text(row.longestPauseMs),
    text(row.longestPauseWithoutCollectorMs),
    text(row.longestPauseFreeingMs),
    text(row.longestPauseFreeingWithoutCollectorMs),
    `${Math.round((row.freedShare ?? 0) * 100)}%`,
  ]);
  return `Heap and external bytes of a million sessions of 186 bytes of JSON, one run each\n\n${table(heads, cells)}`;
}

/** @param {unknown} value */
function text(value) {
  return value === null || value === undefined ? 'never' : String(value);
}

/** @param {readonly string[]} heads @param {readonly (readonly string[])[]} lines */
function table(heads, lines) {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const print = (/** @type {readonly string[]} */ line) =>
    `| ${line.map((item, column) => item.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [
    print(heads),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...lines.map(print),
  ].join('\n');
}
