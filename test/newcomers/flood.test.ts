import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { server } from './server.js';

describe('V-23, F-20: under a flood', () => {
  test('of 3,000 hits nobody loses a session who is logged in or came back', async () => {
    const clock = manualClock(Date.UTC(2026, 10, 28));
    const store = memoryStore({ now: clock.now, capacity: 200 });
    const { visit, left } = server({}, { store, now: clock.now });
    const users: string[] = [];
    for (let user = 0; user < 50; user++)
      users.push(await visit((session) => session.login(`user${user}`)));
    const guests: string[] = [];
    for (let guest = 0; guest < 50; guest++) guests.push(await visit());
    for (const token of guests) await visit((session) => session.increment('views'), token);
    for (let hit = 0; hit < 3000; hit++) await visit();
    for (const token of [...users, ...guests]) expect(await left(token)).toBeGreaterThan(0);
    expect(await store.count?.()).toBe(200);
  });

  test('a budget bounds what is stored, whatever comes', async () => {
    const { visit, store } = server({ total: { max: 100, per: '1m' } });
    let refused = 0;
    for (let hit = 0; hit < 3000; hit++)
      await visit(undefined, '', `10.0.${hit >> 8}.${hit & 255}`).catch(() => refused++);
    expect([await store.count?.(), refused]).toEqual([100, 2900]);
  });
});
