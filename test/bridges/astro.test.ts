import { createStorage } from 'unstorage';
import { describe, expect, test } from 'vitest';
import { toAstro } from '../../src/bridges/astro.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';

function driver() {
  const clock = manualClock(Date.now());
  const store = memoryStore({ now: clock.now });
  return { clock, store, own: toAstro(store, { now: clock.now, idleTimeout: '10m' }) };
}

describe('toAstro', () => {
  test('keeps what Astro writes through unstorage, under hashes of its ids (S-09)', async () => {
    const { store, own } = driver();
    const storage = createStorage({
      driver: { ...own, hasItem: () => false, getKeys: () => [] },
    });
    const id = crypto.randomUUID();
    await storage.setItem(id, '[["Map"],"a"]');
    expect(await storage.get(id)).toEqual([['Map'], 'a']);
    const { entries } = await store.list!({ limit: 10 });
    expect(entries.map(({ record }) => record.data)).toEqual(['[["Map"],"a"]']);
    expect(JSON.stringify(entries)).not.toContain(id);
    await storage.removeItem(id);
    expect([await storage.get(id), await store.count!()]).toEqual([null, 0]);
  });

  test('a write of a request that still ran when the session was destroyed brings nothing back (V-01)', async () => {
    const { clock, own } = driver();
    await own.setItem('a', 'first');
    await Promise.all([own.removeItem('a'), own.setItem('a', 'late')]);
    expect(await own.getItem('a')).toBeNull();
    clock.advance('29s');
    await own.setItem('a', 'later');
    expect(await own.getItem('a')).toBeNull();
  });

  test('a session ends when no request uses it for idleTimeout, reading included', async () => {
    const { clock, own } = driver();
    await own.setItem('a', 'kept');
    for (let round = 0; round < 3; round++) {
      clock.advance('9m');
      expect(await own.getItem('a')).toBe('kept');
    }
    clock.advance('10m');
    expect(await own.getItem('a')).toBeNull();
  });

  test('one read in a row touches the store no more than one in a twentieth of idleTimeout', async () => {
    const { clock, store, own } = driver();
    let touches = 0;
    const { touch } = store;
    store.touch = (...parameters) => {
      touches++;
      return touch.call(store, ...parameters);
    };
    await own.setItem('a', 'kept');
    for (let read = 0; read < 10; read++) await own.getItem('a');
    expect(touches).toBe(0);
    clock.advance('30s');
    for (let read = 0; read < 10; read++) await own.getItem('a');
    expect(touches).toBe(1);
  });

  test('of writes of several processes the last wins, and none fails', async () => {
    const { clock, store, own } = driver();
    const other = toAstro(store, { now: clock.now });
    await Promise.all([own, other].map((one, index) => one.setItem('a', `written by ${index}`)));
    expect(await own.getItem('a')).toMatch(/^written by [01]$/);
  });

  test('a store that fails is a SessionError', async () => {
    const { store, own } = driver();
    store.read = () => Promise.reject(new Error('down'));
    await expect(own.getItem('a')).rejects.toMatchObject({ code: 'store-failed' });
    await expect(own.setItem('a', 'b')).rejects.toMatchObject({ code: 'store-failed' });
  });

  test('what is no store, and options that do not exist, are refused', () => {
    expect(() => toAstro({} as never)).toThrow(/Give a store of Sojourn/);
    expect(() => toAstro(memoryStore(), { ttl: 60 } as never)).toThrow(/ttl/);
    expect(() => toAstro(memoryStore(), { idleTimeout: 0 })).toThrow(/idleTimeout/);
  });
});
