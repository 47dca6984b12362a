import { expect, test } from 'vitest';
import { createSessions } from '../../src/index.js';
import { supports } from '../../src/stores/contract.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';
import { long, openOne, range, recordOf, type StoreUnderFault } from './store-under-fault.js';
import { watchedStore } from './watched-store.js';

/** How many creates are under way at once while a store is filled. */
const WRITERS = 50;

export function crowds(under: StoreUnderFault): void {
  const expired = long ? 1_000_000 : 5000;

  test('F-18 1,000 requests on one cold id read it once or twice and touch it once', async () => {
    const clock = manualClock(Date.now());
    const { store, calls } = watchedStore(await openOne(under, clock.now));
    const sessions = createSessions<{ name: string }>({
      store,
      now: clock.now,
      storeTimeout: '20s',
    });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('name', 'ada'));
    clock.advance('10m');
    const before = { ...calls.times };
    const crowd = await Promise.all(range(1000).map(() => visitor.clone().open()));
    for (const session of crowd) expect(session.get('name')).toBe('ada');
    expect(calls.times.read - before.read).toBeLessThanOrEqual(2);
    await Promise.all(crowd.map((session) => sessions.commit(session)));
    expect(calls.times).toMatchObject({ touch: before.touch + 1, update: before.update });
  });

  test(`F-19 ${expired} expired records are pruned under traffic: the live ones stay`, async (context) => {
    const clock = manualClock(Date.now());
    const store = await openOne(under, clock.now);
    if (!supports(store, 'prune'))
      return context.skip('this store has no prune: its server sweeps');
    const sessions = createSessions<{ views: number }>({
      store,
      now: clock.now,
      storeTimeout: '20s',
    });
    let created = 0;
    await Promise.all(
      range(WRITERS).map(async () => {
        while (created < expired)
          await store.create(`expired-${created++}`, recordOf('{}', clock.now()));
      }),
    );
    clock.advance('71m');
    const visitors = range(10).map(() => new Visitor(sessions));
    for (const visitor of visitors) await visitor.visit((session) => session.set('views', 0));

    let isPruning = true;
    const traffic = Promise.all(
      visitors.map(async (visitor) => {
        let views = 0;
        for (; isPruning; views++) await visitor.visit((session) => session.increment('views'));
        return views;
      }),
    );
    const pruned = await sessions.prune();
    isPruning = false;
    const views = await traffic;

    expect(pruned).toBe(expired);
    for (const [index, visitor] of visitors.entries())
      expect((await visitor.open()).get('views')).toBe(views[index]);
    expect(await sessions.prune()).toBe(0);
  });
}
