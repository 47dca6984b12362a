import { BARE } from './measure.js';
import { NOTES } from './notes.js';
import { TARGETS } from './targets.js';

/** @import { Row } from './measure.js' */

/** The tables of all cases, in Markdown that also reads well in a terminal. @param {readonly Row[]} rows */
export function caseTables(rows) {
  return [...new Set(rows.map((row) => row.case))]
    .map((name) => `## ${name}\n\n${caseTable(rows.filter((row) => row.case === name))}`)
    .join('\n\n');
}

/** Targets beside what was measured; those that were not measured are left out. @param {readonly Row[]} rows */
export function targetTable(rows) {
  const lines = TARGETS.flatMap(({ id, what, unit, limit, value }) => {
    const measured = value(rows);
    if (measured === undefined || measured === null) return [];
    const verdict = measured <= limit ? 'yes' : `no: ${Math.round((measured / limit - 1) * 100)}% above`;
    return [
      [what, `at most ${limit} ${unit}`, String(Number(measured.toFixed(2))), verdict, measured <= limit ? '' : (NOTES[id] ?? '')],
    ];
  });
  return lines.length === 0 ? '' : `## targets\n\n${table(['target', 'limit', 'measured', 'met', 'why'], lines)}`;
}

/** @param {readonly Row[]} rows */
function caseTable(rows) {
  return rows.some((row) => row.bytesPerSession !== undefined) ? millionTable(rows) : cpuTable(rows);
}

/** One line for each system, one column for each action. @param {readonly Row[]} rows */
function cpuTable(rows) {
  const actions = [...new Set(rows.map((row) => row.action))];
  const systems = [...new Set(rows.map((row) => row.system))];
  const lines = systems.map((system) => [
    system,
    ...actions.map((action) => cell(rows.find((row) => row.system === system && row.action === action))),
  ]);
  const samples = Math.min(...rows.map((row) => row.samples ?? 0));
  return `${legend(rows)}, medians of ${samples} samples\n\n${table(['system', ...actions], lines)}`;
}

/** @param {readonly Row[]} rows */
function legend(rows) {
  const hasRatios = rows.some((row) => row.requestsRatio !== null);
  return hasRatios
    ? 'CPU microseconds of the server per request over the bare one (requests for the same CPU beside bare); [store commands]'
    : 'CPU microseconds over bare';
}

/** @param {Row | undefined} row */
function cell(row) {
  if (row === undefined) return '';
  if (row.system === BARE) return `0 of ${row.cpuMicros}`;
  const ratio = row.requestsRatio === null ? '' : ` (${row.requestsRatio.toFixed(2).replace(/^0/, '')})`;
  const commands = row.storeCommands === null ? '' : ` [${row.storeCommands}]`;
  return `${row.cpuMicrosOverBare}${ratio}${commands}`;
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
  const lines = rows.map((row) => [
    row.system,
    text(row.bytesPerSession),
    text(row.longestPauseMs),
    text(row.longestPauseWithoutCollectorMs),
    text(row.longestPauseFreeingMs),
    text(row.longestPauseFreeingWithoutCollectorMs),
    `${Math.round((row.freedShare ?? 0) * 100)}%`,
  ]);
  return `Heap and external bytes of a million sessions of 186 bytes of JSON, one run each\n\n${table(heads, lines)}`;
}

/** @param {unknown} value */
function text(value) {
  return value === null || value === undefined ? 'never' : String(value);
}

/** @param {readonly string[]} heads @param {readonly (readonly string[])[]} lines */
function table(heads, lines) {
  const widths = heads.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const print = (/** @type {readonly string[]} */ line) =>
    `| ${line.map((item, column) => item.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [print(heads), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.map(print)].join('\n');
}
