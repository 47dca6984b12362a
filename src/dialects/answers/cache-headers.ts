import type { HeaderPair } from '../../http/transport.js';

const VARY: HeaderPair = ['Vary', 'Cookie'];
const NO_STORE: HeaderPair = ['Cache-Control', 'no-store'];

/**
 * Headers for caches: the answer depends on cookies, and no cache may keep a cookie that the answer
 * sets.
 */
export function cacheHeaders(hasCookie: boolean): HeaderPair[] {
  return hasCookie ? [NO_STORE, VARY] : [VARY];
}
