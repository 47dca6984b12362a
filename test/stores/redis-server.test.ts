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

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const found = await findServer('redis');

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

async function idsOf(entries: AsyncIterable<{ id: string }> | undefined): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of entries ?? []) ids.push(id);
  return ids.sort();
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

  /** The commands that reach the server from outside while `act` runs. */
  async function commandsOf(act: () => Promise<unknown>): Promise<string[]> {
    const monitor = await new Redis(server.url).monitor();
    const commands: string[] = [];
    const ended = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time, [name = '', value]: string[], source: string) => {
        if (value === 'the end') resolve();
        else if (source !== 'lua') commands.push(name.toUpperCase());
      });
    });
    await act();
    await admin.echo('the end');
    await ended;
    monitor.disconnect();
    return commands;
  }

  test.each([
    { whose: 'nobody', fields: {}, create: ['EVALSHA'], destroy: ['EVALSHA'] },
    {
      whose: 'a user',
      fields: { userId: 'ada' },
      create: ['EVALSHA', 'EVALSHA'],
      destroy: ['EVALSHA', 'ZREM'],
    },
  ])(
    'a read, an update and a touch of a session of $whose are one command each',
    async ({ fields, create, destroy }) => {
      const version = (await store.create('warm', record(fields))) ?? 0;
      await store.update('warm', record(fields), version);
      await store.touch('warm', Date.now() + HOUR, Date.now());
      await store.destroy('warm');

      expect(await commandsOf(() => store.create('a', record(fields)))).toEqual(create);
      expect(await commandsOf(() => store.read('a'))).toEqual(['HMGET']);
      expect(await commandsOf(() => store.read('absent'))).toEqual(['HMGET']);
      const stored = await store.read('a');
      expect(
        await commandsOf(() => store.update('a', record(fields), stored?.version ?? 0)),
      ).toEqual(['EVALSHA']);
      expect(
        await commandsOf(() => store.touch('a', Date.now() + HOUR + MINUTE, Date.now())),
      ).toEqual(['EVALSHA']);
      expect(await commandsOf(() => store.destroy('a'))).toEqual(destroy);
    },
  );

  test('the index by user is written again only when a record is to outlive its entry', async () => {
    const now = Date.now();
    await store.create('a', record({ userId: 'ada' }));
    expect(await commandsOf(() => store.touch('a', now + 2 * HOUR - MINUTE, now))).toEqual([
      'EVALSHA',
    ]);
    expect(await commandsOf(() => store.touch('a', now + 3 * HOUR, now))).toEqual([
      'EVALSHA',
      'EVALSHA',
      'EVALSHA',
    ]);
    expect(await commandsOf(() => store.touch('a', now + 5 * HOUR, now))).toEqual(['EVALSHA']);
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
      stored?.version ?? 0,
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
    expect(await idsOf(store.byUser?.('ada'))).toEqual(['a']);
    await store.create('b', record({ userId: 'ada' }));
    expect(await idsOf(store.byUser?.('ada'))).toEqual(['a', 'b']);
    expect(await admin.zrange('session:by-user:ada', 0, -1)).not.toContain('2:crashed');
  });

  test('an entry of the index that names an earlier life does not take the next one with it', async () => {
    await store.create('a', record({ userId: 'ada' }));
    const [earlier = ''] = await admin.zrange('session:by-user:ada', 0, -1);
    await store.destroy('a');
    await store.create('a', record({ userId: 'ada' }));
    await admin.zrem('session:by-user:ada', earlier);
    expect(await idsOf(store.byUser?.('ada'))).toEqual(['a']);
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
        expect(await idsOf(store.byUser?.(userId))).toEqual(
          stored?.record.userId === userId ? ['a'] : [],
        );
      }
      await store.destroy('a');
    }
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
    const next = await store.update('a', record({ data: 'second', userId: 'ada' }), version ?? 0);
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
      await expect(store.update('a', record({ data: 'second' }), version ?? 0)).rejects.toThrow(
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
