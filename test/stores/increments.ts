import { expect } from 'vitest';
import type { SessionStore } from '../../src/stores/contract.js';
import { finished, start } from '../processes/run.js';

/**
 * Two processes and this one increment a number in one record: none of the increments may be lost
 * (V-02).
 */
export async function expectExactIncrements(
  store: SessionStore,
  place: { kind: 'file' | 'sqlite'; path: string },
): Promise<void> {
  const times = process.env.SOJOURN_LONG === '1' ? 3000 : 300;
  const now = Date.now();
  await store.create('counter', {
    data: '0',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
  });
  const children = await Promise.all(
    [1, 2].map(() => start('increment.js', { place, id: 'counter', times })),
  );
  for (const child of children) child.send('go');
  for (let done = 0; done < times; ) {
    const stored = await store.read('counter');
    if (stored === undefined) throw new Error('the counter is absent');
    const record = { ...stored.record, data: String(Number(stored.record.data) + 1) };
    if ((await store.update('counter', record, stored.version)) !== undefined) done++;
  }
  await Promise.all(children.map(finished));
  expect((await store.read('counter'))?.record.data).toBe(String(3 * times));
}
