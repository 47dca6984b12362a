/** What the systems sign and seal their cookies with. */
export const SECRET = 'uLq0n4Vd3Xr8Jw5Tz7Yb1Kc6Hg2Sf9Pm-bench';

/**
 * What a session holds in every case but the large one: 186 bytes of JSON, as a small shop would
 * keep.
 */
export function sampleData() {
  return {
    views: 1000,
    user: { name: 'Ada Lovelace', language: 'en-GB', theme: 'dark' },
    cart: [
      { item: 'notebook-a5', amount: 2 },
      { item: 'pen-blue', amount: 10 },
      { item: 'ink-black', amount: 1 },
    ],
  };
}

/**
 * As much as fits into one cookie of every system: the sample and 44 recently seen products, 2 KB
 * of JSON.
 */
export function cookieData() {
  const seen = Array.from({ length: 44 }, (_, index) => ({
    item: `product-${1000 + index * 37}`,
    at: `2026-11-${10 + (index % 20)}`,
  }));
  return { ...sampleData(), seen };
}

/** A session of 100 KB of JSON: the sample and 20 lists of 5 KB. */
export function largeData() {
  const lists = Array.from({ length: 20 }, (_, list) => [
    `list${list}`,
    Array.from({ length: 105 }, (_, index) => ({
      item: `product-${1000 + index}`,
      note: `list ${list}, no ${index}`,
    })),
  ]);
  return { ...sampleData(), ...Object.fromEntries(lists) };
}
