import { storeLabel } from './systems.js';

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
    ...races.map(({ heading, mostLost, mayRevive }) => {
      const most = [...(mostLost > 0 ? [mostLost * trials] : []), ...(mayRevive ? [trials] : [])];
      const what = [...(mostLost > 0 ? ['lost'] : []), ...(mayRevive ? ['revived'] : [])];
      return [...heading, what.join(' / '), `of ${most.map(format).join(' / ')}`];
    }),
  ];
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
        if (result === undefined) return system.cannot?.[race.name] ?? '';
        return [
          ...(race.mostLost > 0 ? [result.lost] : []),
          ...(race.mayRevive ? [result.revived] : []),
        ]
          .map((amount) => amount.toLocaleString('en'))
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
