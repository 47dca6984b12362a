import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toHandler } from '../../src/bridges/handler.js';
import { type KeyvInstance, keyvStore } from '../../src/bridges/keyv.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function record(data = '{}'): SessionRecord {
  const now = Date.now();
  return { data, createdAt: now, touchedAt: now, expiresAt: now + 3_600_000 };
}

type Verb = 'get' | 'set' | 'delete';

/** A keyv that leaves the next call of a verb without an answer; what it did can be done later. */
function silentKeyv(): { keyv: KeyvInstance; silence(verb: Verb): void; late: (() => void)[] } {
  const values = new Map<string, unknown>();
  const silent = new Set<Verb>();
  const late: (() => void)[] = [];
  const call = <Result>(verb: Verb, run: () => Result): Promise<Result> => {
    if (!silent.delete(verb)) return Promise.resolve(run());
    return new Promise((resolve) => late.push(() => resolve(run())));
  };
  const keyv = {
    get: (key: string) => call('get', () => values.get(key)),
    set: (key: string, value: unknown) => call('set', () => values.set(key, value) && true),
    delete: (key: string) => call('delete', () => values.delete(key)),
    on: () => undefined,
    store: {},
  };
  return { keyv, silence: (verb) => silent.add(verb), late };
}

describe('a backend call that is never answered', () => {
  const CALLS: [Verb, (store: SessionStore<string>, version: string) => Promise<unknown>][] = [
    ['get', (store) => store.read('a')],
    ['get', (store, version) => store.update('a', record('lost'), version)],
    ['set', (store, version) => store.update('a', record('{}'), version)],
    ['set', (store) => store.touch('a', Date.now() + 7_200_000, Date.now())],
  ];

  test.each(CALLS)('%s: who comes a second later begins anew: %s', async (verb, call) => {
    const { keyv, silence } = silentKeyv();
    const store = keyvStore({ keyv });
    const version = (await store.create('a', record())) ?? '';
    silence(verb);
    const hung = call(store, version).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1000);
    expect((await store.read('a'))?.record.data).toBe('{}');
    expect(await hung).toMatchObject({ code: 'store-timeout' });
    const present = await store.read('a');
    expect(await store.update('a', record('next'), present?.version ?? '')).toBeDefined();
    expect(await store.destroy('a')).toBe(true);
  });

  test('those who wait behind it fail with it, after one second and not one each', async () => {
    const { keyv, silence } = silentKeyv();
    const store = keyvStore({ keyv });
    await store.create('a', record());
    silence('get');
    const calls = Array.from({ length: 20 }, () => store.read('a').catch((error) => error));
    await vi.advanceTimersByTimeAsync(1000);
    for (const outcome of await Promise.all(calls))
      expect(outcome).toMatchObject({ code: 'store-timeout', message: /keyv/ });
    expect(await store.read('a')).toBeDefined();
  });

  test('one that is answered after it was given up writes nothing', async () => {
    const { keyv, silence, late } = silentKeyv();
    const store = keyvStore({ keyv });
    const version = (await store.create('a', record())) ?? '';
    silence('get');
    const slow = store.update('a', record('slow'), version).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await store.update('a', record('fast'), version)).toBeDefined();
    late[0]?.();
    expect(await slow).toMatchObject({ code: 'store-timeout' });
    await vi.advanceTimersByTimeAsync(0);
    expect((await store.read('a'))?.record.data).toBe('fast');
  });

  test('one that keeps nobody waiting may take longer', async () => {
    const { keyv, silence, late } = silentKeyv();
    const store = keyvStore({ keyv });
    await store.create('a', record());
    silence('get');
    const slow = store.read('a');
    await vi.advanceTimersByTimeAsync(5000);
    late[0]?.();
    expect(await slow).toBeDefined();
  });

  test('other sessions do not wait', async () => {
    const { keyv, silence } = silentKeyv();
    const store = keyvStore({ keyv });
    await store.create('a', record());
    await store.create('b', record());
    silence('get');
    void store.read('a').catch(() => undefined);
    expect(await store.read('b')).toBeDefined();
  });
});

test('writers in line on a store that stalls all fail after one deadline', async () => {
  const stalled: SessionStore = { ...memoryStore(), read: () => new Promise(() => undefined) };
  const handler = toHandler(stalled, { storeTimeout: '2s' });
  const writes = Array.from({ length: 20 }, () =>
    handler.write('a', 'text').catch((error) => error),
  );
  await vi.advanceTimersByTimeAsync(2010);
  for (const outcome of await Promise.all(writes))
    expect(outcome).toMatchObject({ code: 'store-timeout' });
});
