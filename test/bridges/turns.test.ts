import { MemoryStore, type SessionData } from 'express-session';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fromConnect } from '../../src/bridges/connect.js';
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

/** A keyv whose backend takes the next call of a verb, and neither does nor answers it. */
interface SilentKeyv {
  readonly keyv: KeyvInstance;
  readonly values: Map<string, unknown>;
  silence(verb: Verb): void;
  /** The silenced calls: each is done by the first function, and answered by the second. */
  readonly late: (() => void)[];
  readonly answers: (() => void)[];
}

function silentKeyv(): SilentKeyv {
  const values = new Map<string, unknown>();
  const silent = new Set<Verb>();
  const late: (() => void)[] = [];
  const answers: (() => void)[] = [];
  const call = <Result>(verb: Verb, run: () => Result): Promise<Result> => {
    if (!silent.delete(verb)) return Promise.resolve(run());
    return new Promise((resolve) => {
      let result: { readonly value: Result } | undefined;
      late.push(() => {
        result = { value: run() };
      });
      answers.push(() => {
        result ??= { value: run() };
        resolve(result.value);
      });
    });
  };
  const keyv = {
    get: (key: string) => call('get', () => values.get(key)),
    set: (key: string, value: unknown) => call('set', () => values.set(key, value) && true),
    delete: (key: string) => call('delete', () => values.delete(key)),
    on: () => undefined,
    store: {},
  };
  return { keyv, values, silence: (verb) => silent.add(verb), late, answers };
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
    const { keyv, silence, answers } = silentKeyv();
    const store = keyvStore({ keyv });
    const version = (await store.create('a', record())) ?? '';
    silence('get');
    const slow = store.update('a', record('slow'), version).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await store.update('a', record('fast'), version)).toBeDefined();
    answers[0]?.();
    expect(await slow).toMatchObject({ code: 'store-timeout' });
    await vi.advanceTimersByTimeAsync(0);
    expect((await store.read('a'))?.record.data).toBe('fast');
  });

  test('one that keeps nobody waiting may take longer', async () => {
    const { keyv, silence, answers } = silentKeyv();
    const store = keyvStore({ keyv });
    await store.create('a', record());
    silence('get');
    const slow = store.read('a');
    await vi.advanceTimersByTimeAsync(5000);
    answers[0]?.();
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

describe('a write that lands after others were let past it', () => {
  /** Asks a verb whose write the backend leaves alone, until the store gives it up. */
  async function giveUp(
    { silence }: SilentKeyv,
    verb: Verb,
    store: SessionStore<string>,
    call: (version: string) => Promise<unknown>,
  ): Promise<string> {
    const version = (await store.read('a'))?.version ?? '';
    silence(verb);
    const failed = call(version).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1000);
    expect((await store.read('a'))?.record.data).toBe('old');
    expect(await failed).toMatchObject({ code: 'store-timeout' });
    return version;
  }

  async function start(): Promise<{ fake: SilentKeyv; store: SessionStore<string> }> {
    const fake = silentKeyv();
    const store = keyvStore({ keyv: fake.keyv });
    await store.create('a', record('old'));
    return { fake, store };
  }

  const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);

  const WRITES: [string, (store: SessionStore<string>, version: string) => Promise<unknown>][] = [
    ['an update', (store, version) => store.update('a', record('late'), version)],
    ['a touch', (store) => store.touch('a', Date.now() + 7_200_000, Date.now() + 1)],
  ];

  test.each(WRITES)('%s does not bring back what was logged out', async (_, call) => {
    const { fake, store } = await start();
    await giveUp(fake, 'set', store, (version) => call(store, version));
    expect(await store.destroy('a')).toBe(true);
    fake.late[0]?.();
    expect(fake.values.size).toBe(1);
    expect(await store.read('a')).toBeUndefined();
    expect((await store.list?.({ limit: 10 }))?.entries ?? []).toEqual([]);
    fake.answers[0]?.();
    await soon();
    expect(fake.values.size).toBe(0);
    expect(await store.create('a', record('new'))).toBeDefined();
  });

  test.each(WRITES)('%s does not undo the trace of a logout', async (_, call) => {
    const { fake, store } = await start();
    const version = await giveUp(fake, 'set', store, (version) => call(store, version));
    const trace = { ...record('trace'), createdAt: 0, expiresAt: Date.now() + 60_000 };
    expect(await store.update('a', trace, version)).toBeDefined();
    for (const step of [fake.late[0], fake.answers[0]]) {
      step?.();
      await soon();
      expect((await store.read('a'))?.record).toEqual(trace);
    }
    expect([...fake.values.values()]).toMatchObject([{ data: 'trace' }]);
  });

  test('a delete does not end what was written since', async () => {
    const { fake, store } = await start();
    const version = await giveUp(fake, 'delete', store, () => store.destroy('a'));
    expect(await store.update('a', record('new'), version)).toBeDefined();
    fake.late[0]?.();
    expect((await store.read('a'))?.record.data).toBe('new');
    fake.answers[0]?.();
    await soon();
    expect([...fake.values.values()]).toMatchObject([{ data: 'new' }]);
  });

  test('one that landed before anybody looked again counts', async () => {
    const { fake, store } = await start();
    const version = (await store.read('a'))?.version ?? '';
    fake.silence('set');
    const failed = store.update('a', record('late'), version).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1000);
    fake.late[0]?.();
    const found = await store.read('a');
    expect(found?.record.data).toBe('late');
    expect(await store.update('a', record('new'), found?.version ?? '')).toBeDefined();
    expect(await failed).toMatchObject({ code: 'store-timeout' });
    fake.answers[0]?.();
    await soon();
    expect((await store.read('a'))?.record.data).toBe('new');
  });

  test('one whose own record has expired by then does not end the session', async () => {
    const { fake, store } = await start();
    const version = await giveUp(fake, 'set', store, (version) =>
      store.update('a', record('late'), version),
    );
    await store.update('a', { ...record('kept'), expiresAt: Date.now() + 86_400_000 }, version);
    await vi.advanceTimersByTimeAsync(3_600_001);
    await store.create('b', record());
    fake.late[0]?.();
    expect((await store.read('a'))?.record.data).toBe('kept');
  });

  test('in a store of express-session too, however late it lands', async () => {
    const late: (() => void)[] = [];
    const inner = new MemoryStore();
    let isSilent = false;
    const store = fromConnect(
      Object.assign(Object.create(inner), {
        set(id: string, session: SessionData, answer: () => void) {
          if (isSilent) late.push(() => inner.set(id, session, answer));
          else inner.set(id, session, answer);
        },
      }),
    );
    const version = (await store.create('a', record('old'))) ?? '';
    isSilent = true;
    const failed = store.update('a', record('late'), version).catch((error) => error);
    await vi.advanceTimersByTimeAsync(15_000);
    const destroyed = store.destroy('a');
    await soon();
    expect(await destroyed).toBe(true);
    expect(await failed).toMatchObject({ code: 'store-timeout' });
    late[0]?.();
    await vi.advanceTimersByTimeAsync(10);
    const read = store.read('a');
    await soon();
    expect(await read).toBeUndefined();
    expect((inner as unknown as { sessions: object }).sessions).toEqual({});
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
