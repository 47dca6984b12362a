import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Memcache } from 'memcache';
import { Client } from 'memjs';
import { afterEach, describe, expect, test } from 'vitest';
import { findServer, type Server, startServer } from '../../scripts/servers/index.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { type MemcacheClient, memcachedStore } from '../../src/stores/memcached.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { countUp } from '../processes/count-up.js';
import { finished, start } from '../processes/run.js';
import { createProxy } from '../proxy.js';
import { memcachedStores } from '../remote-stores/memcached.js';
import type { OpenRemoteStore } from '../remote-stores/remote-store.js';
import { sharedServer } from '../servers.js';
import { testTouches } from './pages.js';

const DAY = 86_400_000;

const shared = await sharedServer('memcached');
const own = await findServer('memcached');
const url = shared.available ? shared.url : '';
let spaces = 0;

function freshSpace(): string {
  return `memcached_${process.pid}_${++spaces}`;
}

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return {
    data: '{"views":1}',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
    ...fields,
  };
}

/**
 * The keys below a prefix, each with the second at which the server will let go of it; -1 for
 * never.
 */
async function itemsOnServer(prefix: string): Promise<Map<string, number>> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('lru_crawler metadump all\r\n');
  let reply = '';
  while (!reply.endsWith('END\r\n')) reply += String((await once(socket, 'data'))[0]);
  socket.destroy();
  const lines = reply.matchAll(/^key=(\S+) exp=(-?\d+)/gm);
  return new Map(
    Array.from(lines, ([, key = '', exp]): [string, number] => [
      decodeURIComponent(key),
      Number(exp),
    ]).filter(([key]) => key.startsWith(prefix)),
  );
}

/** Reads until the client has found its way back to the server. */
async function readAgain(store: SessionStore, id: string): ReturnType<SessionStore['read']> {
  for (;;) {
    try {
      return await store.read(id);
    } catch {
      await setTimeout(20);
    }
  }
}

const servers: Server[] = [];
const opened: OpenRemoteStore[] = [];

async function ownServer(...options: string[]): Promise<Server> {
  const server = await startServer('memcached', { options });
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ remove }) => remove()));
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

describe.skipIf(!shared.available).each(memcachedStores)('$name', ({ open }) => {
  storeSuite({
    test,
    differences: {
      byUser: 'memcached finds by key only',
      list: 'memcached cannot list',
      count: 'memcached cannot list',
      prune: 'memcached sweeps by itself',
      clear: 'memcached flushes all or nothing, with the items of others',
      migrate: 'there is nothing to make',
      close: 'the client was passed in',
    },
    async createStore({ now }) {
      const space = freshSpace();
      const stores = [await open(url, { space, now }), await open(url, { space, now })] as const;
      return {
        store: stores[0].store,
        second: stores[1].store,
        cleanup: async () => {
          for (const { close } of stores) await close();
        },
      };
    },
  });

  testTouches(async (act) => act(await openStore(url)));

  async function openStore(at: string, space = freshSpace()): Promise<SessionStore> {
    const remote = await open(at, { space });
    opened.push(remote);
    return remote.store;
  }

  test('V-14 V-17 whatever the id, the key is the prefix and 43 plain characters', async () => {
    const space = freshSpace();
    const store = await openStore(url, space);
    const ids = [
      'a\r\nflush_all\r\n',
      'a b',
      'a\0',
      'x'.repeat(200),
      '漢'.repeat(200),
      '\ud800',
      '\udfff',
      'é',
      '%20',
    ];
    for (const id of ids) expect(await store.create(id, record({ data: id }))).toBeDefined();
    for (const id of ids) expect((await store.read(id))?.record.data).toBe(id);
    const keys = [...(await itemsOnServer(`${space}:`)).keys()];
    expect(keys).toHaveLength(ids.length);
    for (const key of keys) expect(key.slice(space.length)).toMatch(/^:[A-Za-z0-9_-]{43}$/);
  });

  test.each([
    ['a minute', 60_000],
    ['30 days and a second less', 30 * DAY - 1000],
    ['30 days', 30 * DAY],
    ['30 days and a second', 30 * DAY + 1000],
    ['400 days', 400 * DAY],
  ])(
    'V-17 F-16 a record that lives for %s is swept soon after its deadline, also when touched',
    async (_, lifetime) => {
      const space = freshSpace();
      const store = await openStore(url, space);
      const { expiresAt } = record({ expiresAt: Date.now() + lifetime });
      await store.create('created', record({ expiresAt }));
      await store.create('touched', record({ expiresAt: expiresAt - 50_000 }));
      expect(await store.touch('touched', expiresAt, Date.now())).toBe(true);
      const items = [...(await itemsOnServer(`${space}:`)).values()];
      expect(items).toHaveLength(2);
      for (const sweptAt of items) {
        expect(sweptAt * 1000).toBeGreaterThan(expiresAt + 30_000);
        expect(sweptAt * 1000).toBeLessThan(expiresAt + 120_000);
      }
      for (const id of ['created', 'touched'])
        expect((await store.read(id))?.record.expiresAt).toBe(expiresAt);
    },
  );

  test('V-17 a deadline beyond the dates that the protocol knows is kept, and one in the past is swept at once', async () => {
    const space = freshSpace();
    const store = await openStore(url, space);
    const version = await store.create('far', record({ expiresAt: 2 ** 32 * 1000 }));
    expect([...(await itemsOnServer(`${space}:`)).values()]).toEqual([-1]);
    expect(await store.update('far', record({ expiresAt: 1 }), version)).toBeDefined();
    expect(await store.read('far')).toBeUndefined();
    for (const sweptAt of (await itemsOnServer(`${space}:`)).values())
      expect(sweptAt).toBeLessThan(Date.now() / 1000 + 3);
  });

  test('V-17 a value above the item size is refused with too-large, and the record stays as it was', async () => {
    const store = await openStore(url);
    const data = 'x'.repeat(2_000_000);
    const version = await store.create('a', record());
    await expect(store.update('a', record({ data }), version)).rejects.toMatchObject({
      code: 'too-large',
    });
    await expect(store.create('b', record({ data }))).rejects.toMatchObject({ code: 'too-large' });
    expect(await store.read('b')).toBeUndefined();
    expect((await store.read('a'))?.record.data).toBe('{"views":1}');
    expect(await store.update('a', record({ data: 'y'.repeat(1_000_000) }), version)).toBeDefined();
    expect((await store.read('a'))?.record.data).toHaveLength(1_000_000);
  });

  test('something else under the key reads as absent, and gives way to a new record', async () => {
    const space = freshSpace();
    const store = await openStore(url, space);
    await store.create('a', record());
    const [key = ''] = (await itemsOnServer(`${space}:`)).keys();
    const client = new Memcache({ nodes: [new URL(url).host] });
    for (const value of [
      '',
      '{',
      'null',
      '{"id":"a","version":1,"record":{}}',
      '{"id":"a","version":"1"}',
    ]) {
      await client.set(key, value);
      expect(await store.read('a')).toBeUndefined();
      expect(await store.touch('a', record().expiresAt, Date.now())).toBe(false);
      expect(await store.destroy('a')).toBe(false);
      expect(await store.create('a', record())).toBeDefined();
      expect(await store.read('a')).toBeDefined();
    }
    await client.set(key, JSON.stringify({ id: 'b', version: '1', record: record() }));
    await expect(store.read('a')).rejects.toMatchObject({ code: 'store-failed' });
    await client.disconnect();
  });

  describe.skipIf(!own.available)('on a server of its own', () => {
    test('what was evicted is absent for every verb', async () => {
      const server = await ownServer('-m', '2');
      const store = await openStore(server.url);
      const data = 'x'.repeat(50_000);
      const version = await store.create('first', record({ data }));
      for (let index = 0; index < 100; index++)
        expect(await store.create(`next-${index}`, record({ data }))).toBeDefined();
      expect(await store.read('first')).toBeUndefined();
      expect(await store.update('first', record(), version)).toBeUndefined();
      expect(await store.touch('first', record().expiresAt, Date.now())).toBe(false);
      expect(await store.destroy('first')).toBe(false);
    });

    test('V-01 a restart empties it, and although it counts its CAS values anew, no earlier version matches', async () => {
      const server = await ownServer();
      const store = await openStore(server.url);
      const version = await store.create('a', record());
      await server.kill();
      await server.restart();
      expect(await readAgain(store, 'a')).toBeUndefined();
      expect(await store.update('a', record({ data: 'late' }), version)).toBeUndefined();
      await store.create('a', record({ data: 'new' }));
      expect(await store.update('a', record({ data: 'late' }), version)).toBeUndefined();
      expect(await store.destroy('a', version)).toBe(false);
      expect((await store.read('a'))?.record.data).toBe('new');
    });

    test('F-01 a server that is down is a rejection, not an absence', async () => {
      const server = await ownServer();
      const store = await openStore(server.url);
      await store.create('a', record());
      await server.kill();
      await expect(store.read('a')).rejects.toThrow();
      await expect(store.create('b', record())).rejects.toThrow();
      await expect(store.destroy('a')).rejects.toThrow();
    });

    test('F-01 many requests on a cold client open one connection', async () => {
      const server = await ownServer();
      const store = await openStore(server.url);
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => store.create(`${index}`, record())),
      );
      const client = new Memcache({ nodes: [new URL(server.url).host] });
      const [stats] = (await client.stats()).values();
      expect(Number(stats?.curr_connections)).toBeLessThanOrEqual(3);
      await client.disconnect();
    });
  });

  test('a reply that was cut, and its beginning, does not mix with the next one', async () => {
    const proxy = await createProxy(url);
    const store = await openStore(proxy.url);
    for (const id of ['a', 'b']) await store.create(id, record({ data: id.repeat(5000) }));
    for (let round = 0; round < 5; round++) {
      proxy.disturb(() => 'cut reply');
      await expect(store.read('a')).rejects.toThrow();
      proxy.disturb(() => 'none');
      expect((await readAgain(store, 'b'))?.record.data).toBe('b'.repeat(5000));
      expect((await store.read('a'))?.record.data).toBe('a'.repeat(5000));
    }
    await proxy.stop();
  });
});

test.skipIf(!shared.available)(
  'V-02 three processes increment one number: none is lost',
  async () => {
    const times = process.env.SOJOURN_LONG === '1' ? 3000 : 200;
    const { host } = new URL(url);
    const prefix = `${freshSpace()}:`;
    const client = new Memcache({ nodes: [host] });
    const store = memcachedStore({ client, prefix });
    await store.create('counter', record({ data: '0' }));
    const argument = { host, prefix, id: 'counter', times };
    const children = await Promise.all([1, 2].map(() => start('count-up-memcached.js', argument)));
    for (const child of children) child.send('go');
    await countUp(store, 'counter', times);
    await Promise.all(children.map(finished));
    expect((await store.read('counter'))?.record.data).toBe(String(3 * times));
    await client.disconnect();
  },
);

test.skipIf(!shared.available)(
  'memcache: a connection that has just ended, as it does when idle, fails no request',
  async () => {
    const client = new Memcache({ nodes: [new URL(url).host] });
    const store = memcachedStore({ client, prefix: `${freshSpace()}:` });
    await store.create('a', record());
    for (let round = 0; round < 10; round++) {
      client.nodes[0]?.socket?.destroy();
      expect(await Promise.all([store.read('a'), store.read('a')])).not.toContain(undefined);
    }
    await client.disconnect();
  },
);

test('V-17 F-11 memcache: a reply that is out of step is not told in the error, as it may be a session', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('{"data":"private"}\r\nEND\r\n'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new Memcache({ nodes: [`127.0.0.1:${port}`], timeout: 500 });
  client.on('error', () => undefined);
  const store = memcachedStore({ client });
  for (const call of [() => store.read('a'), () => store.create('a', record())]) {
    await expect(call()).rejects.toMatchObject({ message: expect.not.stringContaining('private') });
  }
  await client.disconnect();
  server.close();
});

test.each(['a b', 'a\r\n', 'ä', '\x7f', 'x'.repeat(201)])(
  'V-17 a prefix that no key may have is refused: %j',
  (prefix) => {
    expect(() => memcachedStore({ client: new Memcache(), prefix })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  },
);

test.each([
  ['no client', {} as MemcacheClient],
  [
    'memcache with SASL, where its nodes take no commands',
    new Memcache({ sasl: { username: 'u', password: 'p' } }),
  ],
  ['memjs with failover, which would revive', Client.create('127.0.0.1:1', { failover: true })],
])('refused: %s', (_, client) => {
  expect(() => memcachedStore({ client })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
