/**
 * Data that shows by itself whether it is whole: the number at both ends, and a length that follows
 * from it.
 * @param {number} number
 */
export function checkedData(number) {
  return `${number}|${'x'.repeat((number * 7919) % 20_000)}|${number}`;
}

/**
 * The number of {@link checkedData}. Throws when the data is torn.
 * @param {string} data
 */
export function numberOf(data) {
  const number = Number.parseInt(data, 10);
  if (data !== checkedData(number))
    throw new Error(`torn data: ${data.slice(0, 40)} (${data.length} characters)`);
  return number;
}
