import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Fills `target` from a pool of random bytes: asking the system for a few bytes at a time costs ten
 * times as much. No byte is given out twice, and none stays in the pool. `target` is at most 4096
 * bytes.
 */
export function fillRandom(target: Buffer): void {
  if (used + target.length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const end = used + target.length;
  pool.copy(target, 0, used, end);
  pool.fill(0, used, end);
  used = end;
}
