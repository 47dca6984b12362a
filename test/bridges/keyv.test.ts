import { EventEmitter } from 'node:events';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { describe, expect, test } from 'vitest';
import { type KeyvInstance, keyvStore } from '../../src/bridges/keyv.js';
import type { SessionRecord } from '../../src/stores/contract.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { explore } from '../races/explorer.js';

const HOUR = 3_600_000;

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

/**
 * A backend that answers later, hands out its keys in pages by position as SQL backends do, and
 * fails when told to.
 */
class SlowBackend extends EventEmitter implements KeyvStoreAdapter {
  readonly opts = { dialect: 'sqlite', url: '' };
  namespace?: string | undefined;
  readonly values = new Map<string, unknown>();
  readonly lifetimes = new Map<string, number | undefined>();
  fault: 'none' | 'throws' | 'emits' | 'refuses' = 'none';

  async #answer<Result>(result: () => Result, failure: Result): Promise<Result> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.fault === 'throws') throw new Error('backend down');
    if (this.fault === 'emits') this.emit('error', new Error('backend down'));
    return this.fault === 'none' ? result() : failure;
  }

  get<Value>(key: string): Promise<Value | undefined> {
    return this.#answer(() => this.values.get(key) as Value | undefined, undefined);
  }

  set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return this.#answer(() => {
      this.values.set(key, value);
      this.lifetimes.set(key, ttl);
      return true;
    }, false);
  }

  delete(key: string): Promise<boolean> {
    return this.#answer(() => this.values.delete(key), false);
  }

  async clear(): Promise<void> {
    this.values.clear();
  }

  async *iterator<Value>(): AsyncGenerator<[string, Awaited<Value>], void> {
    for (let position = 0; ; position += 10) {
      const page = await this.#answer(() => [...this.values].slice(position, position + 10), []);
      yield* page as [string, Awaited<Value>][];
      if (page.length < 10) return;
    }
  }
}

const BACKENDS: readonly { name: string; open: () => KeyvInstance }[] = [
  { name: 'a Map', open: () => new Keyv({ throwOnErrors: true }) },
  {
    name: 'a Map of objects',
    open: () => {
      const keyv = new Keyv({ namespace: 'web', throwOnErrors: true });
      keyv.serialize = undefined;
      keyv.deserialize = undefined;
      return keyv;
    },
  },
  {
    name: 'a backend that answers later',
    open: () => new Keyv({ store: new SlowBackend(), throwOnErrors: true }),
  },
];

describe.each(BACKENDS)('$name', ({ open }) => {
  storeSuite({
    test,
    differences: { migrate: 'there is nothing to make', close: 'the keyv was passed in' },
    createStore: async ({ now }) => ({ store: keyvStore({ keyv: open(), now }) }),
  });

  test('V-01 V-02: within one process nothing is lost and nothing revived, whatever the order of the calls', () =>
    explore({
      runs: process.env.SOJOURN_LONG === '1' ? 2000 : 20,
      createStore: async ({ now }) => ({ store: keyvStore({ keyv: open(), now }) }),
    }));
});

test('what others keep in the keyv is not listed, not counted, not cleared', async () => {
  const keyv = new Keyv({ throwOnErrors: true });
  const store = keyvStore({ keyv });
  const foreign = `session-${'0'.repeat(64)}`;
  await keyv.set('theme', 'dark');
  await keyv.set(foreign, { id: 'of somebody else' });
  await store.create('a', record());
  expect(await store.count?.()).toBe(1);
  await store.clear?.();
  expect(await store.read('a')).toBeUndefined();
  expect(await keyv.get('theme')).toBe('dark');
  expect(await keyv.get(foreign)).toEqual({ id: 'of somebody else' });
});

test('the backend is told to forget a record, an hour after its deadline', async () => {
  const backend = new SlowBackend();
  const now = Date.now();
  const store = keyvStore({
    keyv: new Keyv({ store: backend, throwOnErrors: true }),
    now: () => now,
  });
  await store.create('a', record({ expiresAt: now + HOUR }));
  expect([...backend.lifetimes.values()]).toEqual([2 * HOUR]);
  await store.touch('a', now + 3 * HOUR, now);
  expect([...backend.lifetimes.values()]).toEqual([4 * HOUR]);
  const version = (await store.read('a'))?.version ?? '';
  await store.update('a', record({ expiresAt: now - 3 * HOUR }), version);
  expect([...backend.lifetimes.values()]).toEqual([HOUR]);
});

test('a backend that cannot list leaves the store with the five verbs', async () => {
  const {
    opts,
    on,
    get,
    set,
    delete: remove,
    clear,
  } = new Proxy({} as SlowBackend, { get: () => () => undefined });
  const store = keyvStore({
    keyv: new Keyv({ store: { opts, on, get, set, delete: remove, clear }, throwOnErrors: true }),
  });
  expect(Object.keys(store).sort()).toEqual([
    'consistency',
    'create',
    'destroy',
    'name',
    'read',
    'touch',
    'update',
  ]);
});

describe('V-24 a backend that fails is not one without sessions', () => {
  const faults = ['throws', 'emits'] as const;

  test.for(faults)('%s: every verb rejects, and works again afterwards', async (fault) => {
    const backend = new SlowBackend();
    const store = keyvStore({ keyv: new Keyv({ store: backend, throwOnErrors: true }) });
    const version = await store.create('a', record());
    backend.fault = fault;
    const verbs: (() => Promise<unknown> | undefined)[] = [
      () => store.read('a'),
      () => store.create('b', record()),
      () => store.update('a', record(), version!),
      () => store.touch('a', Date.now() + HOUR, Date.now()),
      () => store.destroy('a'),
      () => store.count?.(),
      () => store.prune?.(Date.now() + 2 * HOUR, 1),
      () => store.clear?.(),
    ];
    for (const verb of verbs) await expect(verb()).rejects.toThrow('backend down');
    backend.fault = 'none';
    expect((await store.read('a'))?.version).toBe(version);
    expect(await store.destroy('a')).toBe(true);
  });

  test('a write that it refuses rejects', async () => {
    const backend = new SlowBackend();
    const store = keyvStore({ keyv: new Keyv({ store: backend, throwOnErrors: true }) });
    backend.fault = 'refuses';
    await expect(store.create('a', record())).rejects.toMatchObject({ code: 'store-failed' });
  });

  test('a keyv that hides errors is refused', () => {
    expect(() => keyvStore({ keyv: new Keyv() })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

test.each([undefined, {}, new Map()])('a keyv that is none is refused: %s', (keyv) => {
  expect(() => keyvStore({ keyv: keyv as unknown as KeyvInstance })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
