import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findServer, startServer } from '../../scripts/servers/index.js';
import type { Server } from '../../scripts/servers/types.js';
import { mongodbStore } from '../../src/stores/mongodb.js';
import { idsOf, listOf, sessionsOf } from './pages.js';

const availability = await findServer('mongodb');
if (!availability.available && process.env.CI) throw new Error(availability.reason);

const VERBS = ['find', 'insert', 'update', 'remove'];
const HOUR = 3_600_000;

describe.skipIf(!availability.available)('permissions that the docs name', () => {
  let server: Server;
  let administrator: MongoClient;

  beforeAll(async () => {
    server = await startServer('mongodb', { options: ['--auth'] });
    const first = new MongoClient(server.url);
    await first.db('admin').command({ createUser: 'root', pwd: 'root', roles: ['root'] });
    await first.close();
    administrator = new MongoClient(server.url, { auth: { username: 'root', password: 'root' } });
  }, 120_000);

  afterAll(async () => {
    await administrator?.close();
    await server?.stop();
  });

  /** A client that may do no more than `actions`, with one collection. */
  async function clientWith(actions: readonly string[]): Promise<MongoClient> {
    const name = `may-${actions.join('-')}`;
    const shop = administrator.db('shop');
    const resource = { db: 'shop', collection: 'sessions' };
    await shop.command({ createRole: name, privileges: [{ resource, actions }], roles: [] });
    await shop.command({ createUser: name, pwd: 'app', roles: [name] });
    return new MongoClient(server.url, {
      auth: { username: name, password: 'app' },
      authSource: 'shop',
    });
  }

  test(`${VERBS.join(', ')} are enough for every verb but migrate`, async () => {
    const client = await clientWith(VERBS);
    const store = mongodbStore({ collection: client.db('shop').collection('sessions') });
    const now = Date.now();
    const record = {
      data: 'one',
      createdAt: now,
      touchedAt: now,
      expiresAt: now + HOUR,
      userId: 'ada',
    };
    const version = await store.create('a', record);
    expect((await store.read('a'))?.record).toEqual(record);
    expect(await store.update('a', record, version!)).toEqual(expect.any(String));
    expect(await store.touch('a', now + 2 * HOUR, now)).toBe(true);
    expect(await idsOf(sessionsOf(store, 'ada'))).toEqual(['a']);
    expect(await idsOf(listOf(store))).toEqual(['a']);
    expect(await store.count?.()).toBe(1);
    expect(await store.destroy('a')).toBe(true);
    await store.create('b', record);
    expect(await store.prune?.(now + HOUR, 10)).toBe(1);
    await store.clear?.();
    await expect(store.migrate?.()).rejects.toThrow('not authorized');
    await client.close();
  });

  test('migrate needs createIndex', async () => {
    const client = await clientWith(['createIndex']);
    await mongodbStore({ collection: client.db('shop').collection('sessions') }).migrate?.();
    await client.close();
  });
});
