import { storeLabel, whyNot } from './systems.js';

/**
 * The columns of the table, each as its heading in lines. @param {readonly
 * import('./races.js').Race[]} races @param {number} trials
 */
function columns(races, trials) {
  const format = (/** @type {number} */ amount) => amount.toLocaleString('en');
  return [
    ['', '', '', 'system'],
    ['', '', '', 'store'],
    ['', '', '', 'adapter'],
    ...races.map((race) => {
      const counted = countsOf(race);
      const most = counted.map((count) => format(count.most * trials));
      const what = counted.map(({ name }) => name);
      return [...race.heading, what.join(' / '), `of ${most.join(' / ')}`];
    }),
  ];
}

/**
 * What counts in a race, and how much of it one trial can show. @param {import('./races.js').Race}
 * race @returns {{ name: string, field: 'lost' | 'revived' | 'signedOut' | 'survivors', most:
 * number }[]}
 */
function countsOf({ mostLost = 0, mayRevive = false, mostSignedOut = 0, mostSurvivors = 0 }) {
  /** @type {ReturnType<typeof countsOf>} */
  const counts = [
    { name: 'lost', field: 'lost', most: mostLost },
    { name: 'revived', field: 'revived', most: Number(mayRevive) },
    { name: 'signed out', field: 'signedOut', most: mostSignedOut },
    { name: 'survivors', field: 'survivors', most: mostSurvivors },
  ];
  return counts.filter(({ most }) => most > 0);
}

/**
 * A table that is written as its lines are known; its columns are as wide as the longest that may
 * come.
 * @param {readonly import('./systems.js').System[]} systems
 * @param {readonly import('./races.js').Race[]} races
 * @param {number} trials
 */
export function createTable(systems, races, trials) {
  const headings = columns(races, trials);
  const labels = systems.map(labelOf);
  const widths = headings.map((heading, column) =>
    Math.max(
      ...heading.map((text) => text.length),
      ...labels.map((label) => label[column]?.length ?? 0),
    ),
  );
  const line = (/** @type {readonly string[]} */ cells) =>
    cells
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();

  return {
    head: () =>
      [0, 1, 2, 3].map((row) => line(headings.map((heading) => heading[row] ?? ''))).join('\n'),

    /**
     * @param {import('./systems.js').System} system @param {readonly import('./run.js').Result[]}
     * results
     */
    row(system, results) {
      const cells = races.map((race) => {
        const result = results.find((one) => one.race === race);
        if (result === undefined) return whyNot(system, race) ?? '';
        return countsOf(race)
          .map(({ field }) => result[field].toLocaleString('en'))
          .join(' / ');
      });
      return line([...labelOf(system), ...cells]);
    },

    /** @param {import('./systems.js').System} system @param {string} reason */
    empty: (system, reason) => `${line(labelOf(system))}  ${reason}`,
  };
}

/** @param {import('./systems.js').System} system */
function labelOf(system) {
  return [system.system, storeLabel(system), system.adapter];
}
