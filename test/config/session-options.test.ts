import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { extend, type SessionConfig, sessionOptions } from '../../src/config/index.js';
import { createSessions, type SessionRecord, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-config-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The Set-Cookie of a first visit under a configuration. */
async function cookieOf(config: SessionConfig): Promise<string> {
  const sessions = createSessions(await sessionOptions({ driver: 'memory', ...config }));
  const session = await sessions.open({}, { secure: true });
  session.set('a', 1);
  const headers = (await sessions.commit(session)).headers;
  await sessions.close();
  return headers.find(([name]) => name === 'Set-Cookie')?.[1] ?? '';
}

function expired(): SessionRecord {
  return { data: '', createdAt: 1, touchedAt: 1, expiresAt: 2 };
}

describe('the keys of the seed', () => {
  test('cookie, path, domain, secure, httpOnly, sameSite, partitioned, persistent', async () => {
    expect(await cookieOf({})).toMatch(
      /^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(await cookieOf({ cookie: 'visit', path: '/shop', domain: 'shop.example' })).toMatch(
      /^visit=.*; Path=\/shop; Domain=shop.example;/,
    );
    expect(
      await cookieOf({ cookie: 'visit', secure: false, httpOnly: false, sameSite: 'strict' }),
    ).toMatch(/^visit=[\w-]{43}; Path=\/; SameSite=Strict$/);
    expect(await cookieOf({ partitioned: true })).toContain('; Partitioned');
    expect(await cookieOf({ persistent: true })).toMatch(/; Max-Age=\d+/);
  });

  test('driver file keeps records in files', async () => {
    const { store } = await sessionOptions({ driver: 'file', files: join(folder, 'sessions') });
    expect(store?.name).toBe('file');
  });

  test('connection alone names the driver; table is its table', async () => {
    const connection = `sqlite:${join(folder, 'a.sqlite')}`;
    const [one, other] = await Promise.all(
      ['one', 'other'].map((table) => sessionOptions({ connection, table })),
    );
    const now = Date.now();
    const stores = [one?.store, other?.store] as SessionStore[];
    await stores[0]?.create('a', {
      data: 'a',
      createdAt: now,
      touchedAt: now,
      expiresAt: now + 60_000,
    });
    expect(await stores[1]?.read('a')).toBeUndefined();
    for (const store of stores) await store.close?.();
  });

  test('encrypt needs the secret, and seals what is stored', async () => {
    const secret = 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi';
    const store = memoryStore();
    const sessions = createSessions<{ note: string }>(
      await sessionOptions({ store, encrypt: true, secret }),
    );
    const session = await sessions.open({}, { secure: true });
    session.set('note', 'plain');
    await sessions.commit(session);
    expect((await store.read(session.id))?.record.data).not.toContain('plain');
    const without = await sessionOptions({ store, encrypt: true });
    expect(() => createSessions(without)).toThrow('secret is missing');
  });

  test('driver cookie keeps sessions in their cookies', async () => {
    expect(
      await cookieOf({ driver: 'cookie', secret: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi' }),
    ).toMatch(/^__Host-sid=[\w-]{100,}/);
  });

  test('idleTimeout and lifetime mean what they mean in createSessions', async () => {
    const clocks = async (config: SessionConfig) => {
      const { idleTimeout, lifetime } = await sessionOptions({ driver: 'memory', ...config });
      return { idleTimeout, lifetime };
    };
    expect(await clocks({ idleTimeout: '20m', lifetime: 28_800_000 })).toEqual({
      idleTimeout: '20m',
      lifetime: 28_800_000,
    });
    expect(await clocks({})).toEqual({ idleTimeout: undefined, lifetime: undefined });
    const refusal = async (config: SessionConfig) => {
      const options = await sessionOptions({ driver: 'memory', ...config });
      return expect(() => createSessions(options));
    };
    (await refusal({ idleTimeout: 120 })).toThrow('idleTimeout is 120, which is 120 milliseconds');
    (await refusal({ lifetime: -1 })).toThrow('lifetime is -1.');
    (await refusal({ lifetime: '8 h' as '8h' })).toThrow('lifetime is "8 h"');
  });
});

describe('the environment goes before the file', () => {
  test('each kind of value', async () => {
    vi.stubEnv('SOJOURN_DRIVER', 'memory');
    vi.stubEnv('SOJOURN_IDLE_TIMEOUT', '5m');
    vi.stubEnv('SOJOURN_LIFETIME', '28800000');
    vi.stubEnv(
      'SOJOURN_SECRET',
      'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi,Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTif3Jq8',
    );
    vi.stubEnv('SOJOURN_TRUST_PROXY', '2');
    vi.stubEnv('SOJOURN_SECURE', 'auto');
    vi.stubEnv('SOJOURN_PERSISTENT', 'true');
    const options = await sessionOptions({
      driver: 'file',
      files: folder,
      idleTimeout: '1h',
      trustProxy: false,
    });
    expect(options).toMatchObject({
      idleTimeout: '5m',
      lifetime: 28_800_000,
      trustProxy: 2,
      cookie: { secure: 'auto', persistent: true },
    });
    expect(options.store?.name).toBe('memory');
    expect(options.secret).toHaveLength(2);
  });

  test('a place there takes the place of the whole place here', async () => {
    vi.stubEnv('SOJOURN_CONNECTION', `sqlite:${join(folder, 'a.sqlite')}`);
    for (const config of [
      { driver: 'redis' },
      { driver: 'redis', connection: 'redis://localhost' },
      { store: memoryStore() },
    ]) {
      const { store } = await sessionOptions(config);
      expect(store?.name).toBe('sqlite');
      await (store as SessionStore).close?.();
    }
  });

  test.each(['SOJOURN_ENCRYPT', 'SOJOURN_LOTTERY', 'SOJOURN_TRUST_PROXY'])(
    '%s that cannot be read is refused',
    async (variable) => {
      vi.stubEnv(variable, 'perhaps');
      await expect(sessionOptions({ driver: 'memory' })).rejects.toMatchObject({
        code: 'invalid-option',
        message: expect.stringContaining(variable),
      });
    },
  );
});

describe('extend', () => {
  test('registers a driver; what it gives is used as it is, an instance of a class too', async () => {
    class MongoStore {
      readonly name = 'mine';
      readonly #inner: SessionStore<number> = memoryStore();
      pruned = 0;
      read(id: string) {
        return this.#inner.read(id);
      }
      create(id: string, record: SessionRecord) {
        return this.#inner.create(id, record);
      }
      update(id: string, record: SessionRecord, version: number) {
        return this.#inner.update(id, record, version);
      }
      touch(id: string, expiresAt: number, touchedAt: number) {
        return this.#inner.touch(id, expiresAt, touchedAt);
      }
      destroy(id: string, version?: number) {
        return this.#inner.destroy(id, version);
      }
      async prune() {
        return ++this.pruned;
      }
    }
    const mine = new MongoStore();
    let asked: SessionConfig | undefined;
    extend('mongo', (config) => {
      asked = config;
      return mine as unknown as SessionStore;
    });
    const options = await sessionOptions({
      driver: 'mongo',
      connection: 'mongodb://db/shop',
      lottery: [1, 1],
    });
    expect(asked?.connection).toBe('mongodb://db/shop');
    const sessions = createSessions<{ views: number }>(options);
    const session = await sessions.open({}, { secure: true });
    session.increment('views');
    await sessions.commit(session);
    expect((await sessions.read(session.id))?.data).toEqual({ views: 1 });
    expect(mine.pruned).toBe(2);
  });
});

describe('lottery', () => {
  test('a win sweeps, without holding the request; a store that sweeps by itself has none', async () => {
    const store = memoryStore();
    await store.create('old', expired());
    let swept = 0;
    const counting: SessionStore = { ...store, prune: async () => ++swept };
    for (const lottery of [[1, 1], [0, 1], false] as const) {
      const options = await sessionOptions({ store: counting, lottery });
      await (options.store as SessionStore).read('a');
    }
    expect(swept).toBe(1);
    expect((await sessionOptions({ driver: 'memory' })).store).toMatchObject({ name: 'memory' });
  });

  test('new sessions draw too: visitors without a cookie are no reads', async () => {
    let swept = 0;
    const counting: SessionStore = { ...memoryStore(), prune: async () => ++swept };
    const sessions = createSessions<{ views: number }>(
      await sessionOptions({ store: counting, lottery: [1, 1] }),
    );
    const session = await sessions.open({}, { secure: true });
    session.set('views', 1);
    await sessions.commit(session);
    expect(swept).toBe(1);
  });

  test('a store of SQL prunes by itself, unless the configuration has a lottery of its own', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const now = Date.now();
    const record = { data: '', createdAt: now, touchedAt: now, expiresAt: now + 1000 };
    const connection = `sqlite:${join(folder, 'a.sqlite')}`;
    for (const [lottery, isPruned] of [
      [undefined, true],
      [[1, 100], false],
      [false, false],
    ] as const) {
      const { store } = await sessionOptions({ connection, lottery });
      timers.mockClear();
      await (store as SessionStore).create(`a ${isPruned} ${lottery}`, record);
      expect(timers.mock.calls.length).toBe(Number(isPruned));
      await (store as SessionStore).close?.();
    }
    timers.mockRestore();
  });

  test('F-08 one sweep at a time, however long it takes; a failure warns', async () => {
    let begun = 0;
    let fail: (error: Error) => void = () => undefined;
    const stalled: SessionStore = {
      ...memoryStore(),
      prune: () => {
        begun++;
        return new Promise((_, reject) => {
          fail = reject;
        });
      },
    };
    const { store } = await sessionOptions({ store: stalled, lottery: [1, 1] });
    for (let request = 0; request < 10; request++) await (store as SessionStore).read('a');
    expect(begun).toBe(1);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    fail(new Error('gone away'));
    expect((await warned).message).toContain('gone away');
    await (store as SessionStore).read('a');
    expect(begun).toBe(2);
  });

  test.each([[[1, 0]], [[-1, 100]], [[0.5, 1]]] as const)(
    'odds of %j are refused',
    async (lottery) => {
      await expect(sessionOptions({ store: memoryStore(), lottery })).rejects.toMatchObject({
        code: 'invalid-option',
      });
    },
  );
});
