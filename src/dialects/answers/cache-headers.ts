import type { HeaderPair } from '../../http/transport.js';

const VARY: HeaderPair = ['Vary', 'Cookie'];
const NO_STORE: HeaderPair = ['Cache-Control', 'no-store'];

/** For caches: the answer depends on cookies, and none may keep a cookie that it sets. */
export function cacheHeaders(hasCookie: boolean): HeaderPair[] {
  return hasCookie ? [NO_STORE, VARY] : [VARY];
}
