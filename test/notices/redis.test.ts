import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient, createClientPool } from 'redis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { redisNotices } from '../../src/notices/redis.js';
import { sharedServer } from '../servers.js';
import { redisClusterNotices, redisNoticesOf } from './clients.js';
import { noticeSuite } from './suite.js';

const server = await sharedServer('redis');
describe.skipIf(!server.available)('on a server', () => {
  for (const each of redisNoticesOf) noticeSuite(each, server.available ? server.url : '');
});

const cluster = await sharedServer('redis-cluster');
describe.skipIf(!cluster.available)('on a cluster', () => {
  for (const each of redisClusterNotices) noticeSuite(each, cluster.available ? cluster.url : '');
});

test.each([
  {
    library: 'node-redis',
    open: () => {
      const client = createClient({ url: 'redis://127.0.0.1:1' });
      return client.on('error', () => undefined);
    },
  },
  {
    library: 'ioredis',
    open: () => {
      const client = new Redis('redis://127.0.0.1:1', { maxRetriesPerRequest: null });
      client.on('error', () => undefined);
      onTestFinished(() => client.disconnect());
      return client;
    },
  },
])(
  'without a server, subscribe of $library rejects and leaves nothing that runs',
  async ({ open }) => {
    const client = open();
    const duplicate = vi.spyOn(client, 'duplicate');
    const notices = redisNotices({ client });
    await expect(notices.subscribe(() => undefined)).rejects.toThrow('not reached');
    const own = duplicate.mock.results[0]?.value;
    // ioredis has no word for it: it waits for its next try, or not.
    expect(own.isOpen ?? own.reconnectTimeout).toBeFalsy();
  },
  15_000,
);

test.each([
  ['a pool of node-redis', { client: createClientPool() }, 'A pool cannot listen'],
  ['a pool of pg', { client: new Pool() }, 'of pg, which postgresNotices takes'],
  ['an address', { client: 'redis://secret@host' }, 'client is a text, not a client.'],
  ['nothing', {}, 'Write redisNotices({ client })'],
  ['a channel with a space', { client: new Pool(), channel: 'a b' }, 'channel is "a b"'],
  ['an option that there is not', { client: new Pool(), chanel: 'a' }, "no option 'chanel'"],
])('%s is refused by name', (_name, options, message) => {
  expect(() => redisNotices(options as never)).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    }),
  );
});
