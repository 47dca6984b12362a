/**
 * Numbers that a seed decides. @typedef {object} Random
 * @property {() => number} next From 0 to below 1.
 * @property {(least: number, most: number) => number} between A whole number, both included.
 * @property {<Item>(items: readonly Item[]) => Item} pick
 */

/**
 * `purpose` keeps two users of one seed apart. @param {number} seed @param {string} purpose
 * @returns {Random}
 */
export function createRandom(seed, purpose) {
  let state = seed | 0;
  for (const character of purpose)
    state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @type {Random['between']} */
  const between = (least, most) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (items) => /** @type {any} */ (items[between(0, items.length - 1)]),
  };
}
