import { afterEach, describe, expect, test, vi } from 'vitest';
import type { SessionRecord } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { idsIn } from '../entries.js';

describe('contract', () => {
  storeSuite({
    test,
    createStore: async ({ now }) => {
      const store = memoryStore({ now });
      return { store, cleanup: async () => store.close?.() };
    },
    differences: { migrate: 'memory has no schema' },
  });
});

const clock = manualClock();

function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    data: '{}',
    createdAt: clock.now(),
    touchedAt: clock.now(),
    expiresAt: clock.now() + 60_000,
    ...fields,
  };
}

describe('capacity', () => {
  test('one record more evicts the least recently used one, and reads, updates and touches are uses', async () => {
    const store = memoryStore({ capacity: 4, now: clock.now });
    for (const id of ['a', 'b', 'c', 'd']) await store.create(id, record());
    await store.touch('a', clock.now() + 90_000, clock.now());
    const stored = await store.read('b');
    await store.update('c', record(), (await store.read('c'))!.version);
    await store.create('e', record());
    expect(await idsIn(store)).toEqual(['a', 'b', 'c', 'e']);
    await store.read('e');
    await store.update('b', record(), stored!.version);
    await store.create('f', record());
    await store.read('f');
    await store.create('g', record());
    expect(await idsIn(store)).toEqual(['b', 'e', 'f', 'g']);
  });

  test('V-23: those that nobody came back to go first, the oldest of them before all', async () => {
    const store = memoryStore({ capacity: 4, now: clock.now });
    for (const id of ['read', 'touched', 'new']) await store.create(id, record());
    await store.create('user', record({ userId: 'u' }));
    await store.read('read');
    await store.touch('touched', clock.now() + 90_000, clock.now());
    for (let index = 0; index < 100; index++) await store.create(`flood-${index}`, record());
    expect(await idsIn(store)).toEqual(['flood-99', 'read', 'touched', 'user']);
  });

  test('the trace of a moved record is no newcomer', async () => {
    const store = memoryStore({ capacity: 2, now: clock.now });
    await store.create('trace', record({ createdAt: 0 }));
    for (let index = 0; index < 100; index++) await store.create(`flood-${index}`, record());
    expect(await store.read('trace')).toBeDefined();
  });

  test('F-20: those without a user go first, however recently they were used', async () => {
    const store = memoryStore({ capacity: 3, now: clock.now });
    await store.create('user', record({ userId: 'u' }));
    for (let index = 0; index < 1000; index++) {
      await store.create(`anonymous-${index}`, record());
      expect(await store.count!()).toBeLessThanOrEqual(3);
    }
    expect(await idsIn(store)).toEqual(['anonymous-998', 'anonymous-999', 'user']);
  });

  test('F-20: a record that gets or loses its user changes its rank', async () => {
    const store = memoryStore({ capacity: 2, now: clock.now });
    const version = await store.create('a', record());
    await store.create('b', record({ userId: 'u' }));
    await store.update('a', record({ userId: 'u' }), version!);
    await store.update('b', record(), (await store.read('b'))!.version);
    await store.create('c', record());
    expect(await idsIn(store)).toEqual(['a', 'c']);
  });

  test('when all have a user, the least recently used one goes', async () => {
    const store = memoryStore({ capacity: 2, now: clock.now });
    for (const id of ['a', 'b', 'c']) await store.create(id, record({ userId: id }));
    expect(await idsIn(store)).toEqual(['b', 'c']);
  });

  test('an expired record does not count against it once its id is used again', async () => {
    const store = memoryStore({ capacity: 2, now: clock.now });
    await store.create('a', record());
    await store.create('b', record({ expiresAt: clock.now() + 120_000 }));
    clock.advance('60s');
    await store.create('a', record());
    expect(await idsIn(store)).toEqual(['a', 'b']);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is refused', (capacity) => {
    expect(() => memoryStore({ capacity })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test('an evicted record is gone for its writer, and its version never comes back', async () => {
    const store = memoryStore({ capacity: 1, now: clock.now });
    const version = await store.create('a', record());
    await store.create('b', record());
    expect(await store.update('a', record(), version!)).toBeUndefined();
    await store.create('a', record());
    expect(await store.update('a', record(), version!)).toBeUndefined();
  });
});

describe('bytes', () => {
  const KB = 'x'.repeat(1000);

  test('a write that needs more evicts the least recently used, those without a user first', async () => {
    const store = memoryStore({ maxBytes: 6000, now: clock.now });
    for (const id of ['a', 'b']) await store.create(id, record({ data: KB, userId: 'u' }));
    for (const id of ['c', 'd', 'e']) await store.create(id, record({ data: KB }));
    expect(await idsIn(store)).toEqual(['a', 'b', 'd', 'e']);
    const { version } = (await store.read('d'))!;
    expect(await store.update('d', record({ data: KB.repeat(3) }), version)).toBeDefined();
    expect(await idsIn(store)).toEqual(['a', 'b', 'd']);
    await store.create('f', record({ data: KB.repeat(3), userId: 'u' }));
    expect(await idsIn(store)).toEqual(['a', 'b', 'f']);
  });

  test('an update never evicts the record that it writes, even when it is the only one without a user', async () => {
    const store = memoryStore({ maxBytes: 3000, now: clock.now });
    await store.create('user', record({ data: KB, userId: 'u' }));
    const version = await store.create('a', record());
    expect(await store.update('a', record({ data: KB.repeat(2) }), version!)).toBeDefined();
    expect(await idsIn(store)).toEqual(['a']);
  });

  test('they are exact: whatever was written, updated, destroyed and pruned, as much fits as at first', async () => {
    // An id of one character, data of 1,000, and 200 bytes for the rest.
    const store = memoryStore({ maxBytes: 10 * 1201, now: clock.now });
    const ids = [...'abcdefghij'];
    for (let round = 0; round < 50; round++) {
      for (const [index, id] of ids.entries()) {
        const version = await store.create(id, record({ userAgent: 'é'.repeat(index) }));
        const wide = record({ data: '漢'.repeat(index * 7), userId: `u${round}` });
        await store.update(id, wide, version!);
      }
      for (const id of ids.slice(0, round % 10)) await store.destroy(id);
      await store.prune!(clock.now() + 60_000, 100);
      for (const id of ids) await store.create(id, record({ data: KB }));
      expect(await store.count!()).toBe(10);
      if (round % 2 === 0) await store.clear!();
      else for (const id of ids) expect(await store.destroy(id)).toBe(true);
    }
    for (const id of [...ids, 'k']) await store.create(id, record({ data: KB }));
    expect(await store.count!()).toBe(10);
  });

  test('a character beyond Latin-1 makes a text count twice', async () => {
    const store = memoryStore({ maxBytes: 2 * 1201, now: clock.now });
    await store.create('a', record({ data: `${'x'.repeat(499)}漢` }));
    await store.create('b', record({ data: 'é'.repeat(1000) }));
    expect(await idsIn(store)).toEqual(['a', 'b']);
    await store.create('c', record({ data: `${'x'.repeat(999)}漢` }));
    expect(await idsIn(store)).toEqual(['c']);
  });

  test('a record that can never fit is refused, and nothing is evicted for it', async () => {
    const store = memoryStore({ maxBytes: 2000, now: clock.now });
    const version = await store.create('a', record());
    const large = record({ data: KB.repeat(2) });
    await expect(store.create('b', large)).rejects.toMatchObject({ code: 'store-failed' });
    await expect(store.update('a', large, version!)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('maxBytes'),
    });
    expect(await idsIn(store)).toEqual(['a']);
    expect(await store.update('a', record(), version!)).toBeDefined();
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is refused', (maxBytes) => {
    expect(() => memoryStore({ maxBytes })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

describe('expired records', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('are freed without being asked for, and live ones are not', async () => {
    vi.useFakeTimers();
    const store = memoryStore();
    const expiresAt = Date.now() + 5000;
    for (let index = 0; index < 5000; index++)
      await store.create(`${index}`, record({ expiresAt, userId: `${index % 7}` }));
    await store.create('live', record({ expiresAt: expiresAt + 3_600_000 }));
    await vi.advanceTimersByTimeAsync(30_000);
    const now = Date.now();
    vi.useRealTimers();
    expect(await store.prune!(now, Number.POSITIVE_INFINITY)).toBe(0);
    expect(await store.prune!(expiresAt + 3_600_000, Number.POSITIVE_INFINITY)).toBe(1);
  });

  test('are freed again after the store was empty for a while', async () => {
    vi.useFakeTimers();
    const store = memoryStore();
    for (let time = 0; time < 3; time++) {
      await store.create('a', record({ expiresAt: Date.now() + 1 }));
      await vi.advanceTimersByTimeAsync(30_000);
      expect(vi.getTimerCount()).toBe(0);
      expect(await store.prune!(Date.now(), Number.POSITIVE_INFINITY)).toBe(0);
    }
  });

  test('close stops the timer', async () => {
    vi.useFakeTimers();
    const store = memoryStore();
    await store.create('a', record({ expiresAt: Date.now() + 1 }));
    await store.close!();
    await store.create('b', record({ expiresAt: Date.now() + 1 }));
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a freed place is taken again, and what lay there before is gone', async () => {
  const store = memoryStore({ now: clock.now });
  await store.create('a', record({ userId: 'u', ipAddress: '::1', data: 'old' }));
  await store.destroy('a');
  await store.create('b', record({ data: 'new' }));
  expect((await store.read('b'))!.record).toEqual(record({ data: 'new' }));
  expect(await idsIn(store, 'u')).toEqual([]);
});

test('many records of many users, created and destroyed in a mixed order, are all found', async () => {
  const store = memoryStore({ now: clock.now });
  const users = new Map<string, Set<string>>();
  for (let index = 0; index < 20_000; index++) {
    const userId = `user-${(index * 31) % 977}`;
    await store.create(`id-${index}`, record({ userId }));
    users.set(userId, (users.get(userId) ?? new Set()).add(`id-${index}`));
    const other = (index * 7919) % 20_000;
    if (index % 3 === 0 && (await store.destroy(`id-${other}`)))
      users.get(`user-${(other * 31) % 977}`)!.delete(`id-${other}`);
  }
  for (const [userId, ids] of users) {
    expect(await idsIn(store, userId)).toEqual([...ids].sort());
  }
  const all = [...users.values()].flatMap((ids) => [...ids]);
  expect(await store.count!()).toBe(all.length);
  for (const id of all) expect(await store.read(id)).toBeDefined();
});

describe('in production', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    vi.resetModules();
  });

  async function warningsOf(
    environment: string,
    options: { warn?: boolean }[],
  ): Promise<unknown[]> {
    vi.resetModules();
    vi.stubEnv('NODE_ENV', environment);
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const fresh = await import('../../src/stores/memory.js');
    for (const option of options) fresh.memoryStore(option);
    return emitWarning.mock.calls.map(([message]) => message);
  }

  test('it warns once, and says what to use instead', async () => {
    expect(await warningsOf('production', [{}, {}, { warn: true }])).toEqual([
      expect.stringMatching(/sqliteStore.*warn: false/),
    ]);
  });

  test('warn: false silences it', async () => {
    expect(await warningsOf('production', [{ warn: false }])).toEqual([]);
  });

  test('elsewhere it is silent', async () => {
    expect(await warningsOf('development', [{}])).toEqual([]);
  });
});

test('a store that was not closed does not keep the process alive', async () => {
  const timeouts = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timeouts();
  void memoryStore().create('a', record());
  expect(timeouts()).toBe(before);
});
