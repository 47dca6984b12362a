// What the store does at the server: commands sent, keys kept, scripts lost, memory full.
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import type { SessionRecord } from '../../src/stores/contract.js';
import { redisStore } from '../../src/stores/redis.js';
import { countUp } from '../processes/count-up.js';
import { finished, start } from '../processes/run.js';
import { NODE_REDIS } from '../remote-stores/redis.js';
import { idsOf, listOf, sessionsOf } from './pages.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const found = await findServer('redis');

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

describe.skipIf(!found.available)('a server of its own', async () => {
  if (!found.available) return;
  const server = await startServer('redis');
  const admin = new Redis(server.url);
  admin.on('error', () => undefined);
  const client = createClient({ url: server.url, ...NODE_REDIS });
  client.on('error', () => undefined);
  await client.connect();
  const store = redisStore({ client });

  beforeEach(async () => {
    await admin.flushall();
  });
  afterAll(async () => {
    client.destroy();
    admin.disconnect();
    await server.stop();
  });

  /** The commands that reach the server while `act` runs: from outside, or from scripts. */
  async function commandsOf(
    act: () => Promise<unknown>,
    from: 'outside' | 'scripts' = 'outside',
  ): Promise<string[]> {
    const monitor = await new Redis(server.url).monitor();
    const commands: string[] = [];
    const ended = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time, [name = '', value]: string[], source: string) => {
        if (value === 'the end') resolve();
        else if ((source === 'lua') === (from === 'scripts')) commands.push(name.toUpperCase());
      });
    });
    await act();
    await admin.echo('the end');
    await ended;
    monitor.disconnect();
    return commands;
  }

  test.each([
    { whose: 'nobody', fields: {}, create: ['EVALSHA'], write: ['EVALSHA'], destroy: ['EVALSHA'] },
    {
      whose: 'a user',
      fields: { userId: 'ada' },
      create: ['EVALSHA', 'EVALSHA'],
      write: ['EVALSHA', 'ZSCORE'],
      destroy: ['EVALSHA', 'ZREM'],
    },
  ])(
    'a read is one command; a write of a session of $whose is $write',
    async ({ fields, create, write, destroy }) => {
      const version = (await store.create('warm', record(fields))) ?? '';
      await store.update('warm', record(fields), version);
      await store.touch('warm', Date.now() + HOUR, Date.now());
      await store.destroy('warm');

      expect(await commandsOf(() => store.create('a', record(fields)))).toEqual(create);
      expect(await commandsOf(() => store.read('a'))).toEqual(['HMGET']);
      expect(await commandsOf(() => store.read('absent'))).toEqual(['HMGET']);
      const stored = await store.read('a');
      expect(
        await commandsOf(() => store.update('a', record(fields), stored?.version ?? '')),
      ).toEqual(write);
      expect(
        await commandsOf(() => store.touch('a', Date.now() + HOUR + MINUTE, Date.now())),
      ).toEqual(write);
      expect(await commandsOf(() => store.destroy('a'))).toEqual(destroy);
    },
  );

  test('a write deletes only what is there, and is to go', async () => {
    const facts = { userId: 'ada', ipAddress: '192.0.2.1', userAgent: 'Firefox' };
    const version = (await store.create('warm', record(facts))) ?? '';
    await store.update('warm', record(facts), version);

    const create = () => commandsOf(() => store.create('a', record(facts)), 'scripts');
    expect(await create()).not.toContain('DEL');
    const update = async (fields: Partial<SessionRecord>): Promise<string[]> => {
      const { version = '' } = (await store.read('a')) ?? {};
      return commandsOf(() => store.update('a', record(fields), version), 'scripts');
    };
    expect(await update(facts)).toEqual(['HMGET', 'HSET', 'PEXPIRE']);
    expect(await update({ userId: 'ada' })).toEqual(['HMGET', 'HDEL', 'HDEL', 'HSET', 'PEXPIRE']);
    expect(await update({})).toEqual(['HMGET', 'HDEL', 'HSET', 'PEXPIRE']);
    expect((await store.read('a'))?.record).not.toHaveProperty('userId');
    expect(await update({})).toEqual(['HMGET', 'HSET', 'PEXPIRE']);
  });

  test('a new record takes over no field of what was under its key', async () => {
    for (const [field, value] of [
      ['userId', 'eve'],
      ['indexedUntil', '9'.repeat(13)],
    ] as const) {
      await admin.hset('session:record:a', field, value);
      expect(await store.create('a', record())).toBeDefined();
      expect((await store.read('a'))?.record.userId).toBeUndefined();
      expect(await admin.hexists('session:record:a', field)).toBe(0);
      await store.destroy('a');
    }
  });

  test('the index by user is written again only when a record is to outlive its entry', async () => {
    const now = Date.now();
    await store.create('a', record({ userId: 'ada' }));
    expect(await commandsOf(() => store.touch('a', now + 2 * HOUR - MINUTE, now))).toEqual([
      'EVALSHA',
      'ZSCORE',
    ]);
    expect(await commandsOf(() => store.touch('a', now + 3 * HOUR, now))).toEqual([
      'EVALSHA',
      'EVALSHA',
      'EVALSHA',
    ]);
    expect(await commandsOf(() => store.touch('a', now + 5 * HOUR, now))).toEqual([
      'EVALSHA',
      'ZSCORE',
    ]);
    expect(await admin.zcard('session:by-user:ada')).toBe(1);
  });

  test('the server keeps a record and its index longer than the deadline, and not for ever', async () => {
    await store.create('a', record({ userId: 'ada' }));
    await expectKept('session:record:a', HOUR);
    await expectKept('session:by-user:ada', HOUR);
    await store.touch('a', Date.now() + 5 * HOUR, Date.now());
    await expectKept('session:record:a', 5 * HOUR);
    await expectKept('session:by-user:ada', 5 * HOUR);
    const stored = await store.read('a');
    await store.update(
      'a',
      record({ expiresAt: Date.now() + MINUTE, userId: 'ada' }),
      stored?.version ?? '',
    );
    await expectKept('session:record:a', MINUTE);
    await expectKept('session:by-user:ada', 5 * HOUR);
  });

  async function expectKept(key: string, left: number): Promise<void> {
    const kept = await admin.pttl(key);
    expect(kept).toBeGreaterThan(left);
    expect(kept).toBeLessThan(2 * left + 2 * MINUTE);
  }

  test('F-15 a clock that is off by hours makes the server sweep neither earlier nor later', async () => {
    for (const shift of [-5 * HOUR, 5 * HOUR]) {
      const now = () => Date.now() + shift;
      await redisStore({ client, now }).create('a', record({ expiresAt: now() + HOUR }));
      await expectKept('session:record:a', HOUR);
      await admin.flushall();
    }
  });

  test('what a crash between index and record leaves is not listed, and goes with the next session of that user', async () => {
    await store.create('a', record({ userId: 'ada' }));
    await admin.zadd(
      'session:by-user:ada',
      Date.now() + MINUTE,
      '1:crashed',
      Date.now() - 1,
      '2:crashed',
    );
    expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a']);
    await store.create('b', record({ userId: 'ada' }));
    expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a', 'b']);
    expect(await admin.zrange('session:by-user:ada', 0, -1)).not.toContain('2:crashed');
  });

  test('an entry of the index that names an earlier life does not take the next one with it', async () => {
    await store.create('a', record({ userId: 'ada' }));
    const [earlier = ''] = await admin.zrange('session:by-user:ada', 0, -1);
    await store.destroy('a');
    await store.create('a', record({ userId: 'ada' }));
    await admin.zrem('session:by-user:ada', earlier);
    expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a']);
  });

  test('whoever writes at the same time, byUser finds the record under the user it has in the end', async () => {
    const users = ['ada', 'bob', 'eve', undefined];
    for (let round = 0; round < 30; round++) {
      await store.create('a', record({ userId: 'ada' }));
      await Promise.all(
        Array.from({ length: 12 }, async (_, writer) => {
          const userId = users[(writer + round) % users.length];
          const stored = await store.read('a');
          if (stored === undefined) return;
          if (writer % 4 === 3) await store.touch('a', Date.now() + writer * HOUR, Date.now());
          else
            await store.update('a', record(userId === undefined ? {} : { userId }), stored.version);
          if (writer === 7) await store.destroy('a');
          if (writer === 7) await store.create('a', record({ userId: 'bob' }));
        }),
      );
      const stored = await store.read('a');
      for (const userId of ['ada', 'bob', 'eve']) {
        expect(await idsOf(sessionsOf(store, userId))).toEqual(
          stored?.record.userId === userId ? ['a'] : [],
        );
      }
      await store.destroy('a');
    }
  });

  test.each(['touch', 'late touch', 'update'])(
    'F-14 an index that the server evicted is whole again after one %s of each session',
    async (verb) => {
      const before = record({ userId: 'ada' });
      const write = async (id: string): Promise<unknown> => {
        if (verb === 'touch') return store.touch(id, before.expiresAt + MINUTE, Date.now());
        if (verb === 'late touch') return store.touch(id, before.expiresAt - MINUTE, 1);
        const stored = await store.read(id);
        return store.update(id, before, stored?.version ?? '');
      };
      for (const id of ['a', 'b']) await store.create(id, before);
      await admin.del('session:by-user:ada');
      expect(await idsOf(sessionsOf(store, 'ada'))).toEqual([]);
      expect(await write('a')).toBeTruthy();
      expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a']);
      expect(await write('b')).toBeTruthy();
      expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a', 'b']);
      const [, score] = await admin.zrange('session:by-user:ada', 0, 0, 'WITHSCORES');
      expect(Number(score)).toBeGreaterThan(before.expiresAt + MINUTE);
    },
  );

  test('a record key that holds another type is absent for every verb, and gives way to a new one', async () => {
    const version = (await store.create('b', record({ userId: 'ada' }))) ?? '';
    for (const spoil of [
      () => admin.set('session:record:a', 'text'),
      () => admin.rpush('session:record:a', 'item'),
      () => admin.hset('session:record:a', 'expiresAt', 'never', 'version', 'x'),
      () => admin.hset('session:record:a', 'expiresAt', Date.now() + HOUR),
    ]) {
      await admin.del('session:record:a');
      await spoil();
      expect(await store.read('a')).toBeUndefined();
      expect(await store.update('a', record({ userId: 'ada' }), version)).toBeUndefined();
      expect(await store.touch('a', Date.now() + HOUR, Date.now())).toBe(false);
      expect(await store.destroy('a')).toBe(false);
      expect(await idsOf(listOf(store))).toEqual(['b']);
      expect(await store.count?.()).toBe(1);
      expect(await store.prune?.(Date.now(), 10)).toBe(0);
      expect(await store.create('a', record({ userId: 'ada' }))).toBeDefined();
      expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a', 'b']);
      expect(await store.destroy('a')).toBe(true);
    }
  });

  test('an index that holds another type is empty, and is an index again after a write', async () => {
    for (const write of [
      () => store.touch('a', Date.now() + HOUR, Date.now()),
      () => store.create('b', record({ userId: 'ada' })),
    ]) {
      await store.destroy('a');
      await store.create('a', record({ userId: 'ada' }));
      await admin.set('session:by-user:ada', 'text');
      expect(await idsOf(sessionsOf(store, 'ada'))).toEqual([]);
      expect(await write()).toBeTruthy();
      await store.touch('a', Date.now() + HOUR, Date.now());
      expect(await idsOf(sessionsOf(store, 'ada'))).toContain('a');
    }
    await admin.set('session:by-user:ada', 'text');
    expect(await store.destroy('a')).toBe(true);
  });

  test('F-03 a write that a client sends twice is done once, and counts as done', async () => {
    const twice = redisStore({
      client: {
        isOpen: true,
        async sendCommand(command: string[]) {
          await client.sendCommand(command);
          return client.sendCommand(command);
        },
      },
    });
    const version = (await twice.create('a', record({ userId: 'ada' }))) ?? '';
    expect((await store.read('a'))?.version).toBe(version);
    const next = (await twice.update('a', record({ userId: 'bob', data: 'next' }), version)) ?? '';
    expect(await store.read('a')).toMatchObject({ version: next, record: { data: 'next' } });
    expect(await twice.touch('a', Date.now() + 2 * HOUR, Date.now())).toBe(true);
    expect(await idsOf(sessionsOf(store, 'bob'))).toEqual(['a']);
    await twice.destroy('a');
    expect(await twice.update('a', record(), next)).toBeUndefined();
    expect(await twice.touch('a', Date.now() + 2 * HOUR, Date.now())).toBe(false);
    expect(await admin.exists('session:record:a')).toBe(0);
  });

  test('a page among many other keys is a few commands', async () => {
    await admin.mset(...Array.from({ length: 5000 }, (_, index) => [`other:${index}`, 'x']).flat());
    for (const id of ['a', 'b', 'c']) await store.create(id, record());
    expect(await commandsOf(() => listOf(store)({ limit: 10 }))).toHaveLength(
      10 + (await listOf(store)({ limit: 10 })).entries.length,
    );
    expect(await idsOf(listOf(store), 10)).toEqual(['a', 'b', 'c']);
  });

  test('pages have each session once while the server makes its table of keys larger, or smaller', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `id-${index}`).sort();
    const others = Array.from({ length: 5000 }, (_, index) => `other:${index}`);
    const tableSize = async (): Promise<number> => {
      const stats = (await admin.call('MEMORY', 'STATS')) as unknown[];
      const ofDatabase = stats[stats.indexOf('db.0') + 1] as unknown[];
      return Number(ofDatabase[ofDatabase.indexOf('overhead.hashtable.main') + 1]);
    };
    await Promise.all(ids.map((id) => store.create(id, record())));
    for (const step of ['larger', 'smaller']) {
      const seen: string[] = [];
      let after: string | undefined;
      for (let page = 0; page === 0 || after !== undefined; page++) {
        const { entries, next } = await listOf(store)({ after, limit: 2 });
        seen.push(...entries.map(({ id }) => id));
        after = next;
        if (seen.length < 10 || (await admin.exists('other:0')) === (step === 'larger' ? 1 : 0))
          continue;
        const size = await tableSize();
        if (step === 'larger') await admin.mset(...others.flatMap((key) => [key, 'x']));
        else await admin.del(...others);
        await expect.poll(async () => (await tableSize()) > size).toBe(step === 'larger');
      }
      expect(seen.sort()).toEqual(ids);
    }
  });

  test('a master that comes new while pages are read is gone through from its beginning', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await store.create(id, record());
    const { next = '' } = await listOf(store)({ limit: 2 });
    const [, , ...rest] = JSON.parse(next) as unknown[];
    const after = JSON.stringify([['goneThrough'], 'replaced', ...rest.slice(0, 1), [], []]);
    const seen = await idsOf((page) => listOf(store)({ after, ...page }), 2);
    expect(seen).toEqual(ids);
  });

  test('destroy and clear leave nothing behind', async () => {
    for (const userId of ['ada', 'bob']) await store.create(userId, record({ userId }));
    await store.create('anonymous', record());
    await store.destroy('ada');
    await store.clear?.();
    expect(await admin.dbsize()).toBe(0);
  });

  test('scripts are loaded again after SCRIPT FLUSH and a restart', async () => {
    const version = await store.create('a', record({ userId: 'ada' }));
    await admin.script('FLUSH');
    const next = await store.update('a', record({ data: 'second', userId: 'ada' }), version ?? '');
    expect(next).toBeDefined();
    await admin.script('FLUSH');
    expect(await store.touch('a', Date.now() + HOUR, Date.now())).toBe(true);
    await server.restart();
    await expect
      .poll(() => store.destroy('a', next).catch(() => 'not yet'), { timeout: 20_000 })
      .toBe(true);
    expect(await store.read('a')).toBeUndefined();
  });

  test('F-14 a server whose memory is full refuses writes, keeps what it has, and still signs out', async () => {
    const version = await store.create('a', record({ data: 'kept' }));
    await admin.config('SET', 'maxmemory', '1');
    try {
      await expect(store.create('b', record())).rejects.toThrow('OOM');
      await expect(store.update('a', record({ data: 'second' }), version ?? '')).rejects.toThrow(
        'OOM',
      );
      expect((await store.read('a'))?.record.data).toBe('kept');
      expect(await store.touch('a', Date.now() + HOUR, Date.now())).toBe(true);
      expect(await store.destroy('a')).toBe(true);
    } finally {
      await admin.config('SET', 'maxmemory', '0');
    }
  });

  test('prune in steps comes to an end, and looks at each live record twice at most', async () => {
    const expired = record({ expiresAt: Date.now() - 1 });
    const ids = Array.from({ length: 500 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => store.create(id, Number(id) % 2 === 0 ? expired : record())));
    let pruned = 0;
    const commands = await commandsOf(async () => {
      for (let step = 30; step === 30; pruned += step)
        step = (await store.prune?.(Date.now(), 30)) ?? 0;
    });
    expect(pruned).toBe(250);
    expect(commands.filter((name) => name === 'EVALSHA').length).toBeLessThanOrEqual(250 + 2 * 250);
    expect(await store.count?.()).toBe(250);
  });

  test('V-02 three processes increment one number: none is lost', async () => {
    const times = process.env.SOJOURN_LONG === '1' ? 3000 : 300;
    await store.create('counter', record({ data: '0' }));
    const argument = { url: server.url, prefix: 'session:', id: 'counter', times };
    const children = await Promise.all([1, 2].map(() => start('count-up-redis.js', argument)));
    for (const child of children) child.send('go');
    await countUp(store, 'counter', times);
    await Promise.all(children.map(finished));
    expect((await store.read('counter'))?.record.data).toBe(String(3 * times));
  });
});
