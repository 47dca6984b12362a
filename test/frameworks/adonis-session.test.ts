import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Emitter } from '@adonisjs/core/events';
import { AppFactory } from '@adonisjs/core/factories/app';
import { EncryptionFactory } from '@adonisjs/core/factories/encryption';
import { ServerFactory } from '@adonisjs/core/factories/http';
import { LoggerFactory } from '@adonisjs/core/factories/logger';
import type { HttpContext } from '@adonisjs/core/http';
import type { ApplicationService } from '@adonisjs/core/types';
import { Database } from '@adonisjs/lucid/database';
import { stores } from '@adonisjs/session';
import { SessionMiddlewareFactory } from '@adonisjs/session/factories';
import type { SessionConfig, SessionStoreFactory } from '@adonisjs/session/types';
import { EncryptionFactory as Adonis7Encryption } from '@boringnode/encryption/factories';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type AdonisStore, fromAdonisSession } from '../../src/bridges/adonis-session.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { listen } from '../adapters/reply.js';
import { sharedServer } from '../servers.js';
import { ADA, movingSuite, type Shop } from './moving.js';

const encryption = new EncryptionFactory().create();
const config: SessionConfig = {
  enabled: true,
  cookieName: 'shop',
  age: '2h',
  clearWithBrowser: false,
  cookie: { path: '/', httpOnly: true, secure: false, sameSite: 'lax' },
};

const app = await newApp();

async function newApp(): Promise<ApplicationService> {
  const made = new AppFactory().create(new URL('./', import.meta.url)) as ApplicationService;
  await made.init();
  return made;
}

/** A server of Adonis whose sessions are where `store` has them. */
async function oldApp(store: SessionStoreFactory) {
  const sessions = await new SessionMiddlewareFactory()
    .merge({ config: { ...config, store: 'own', stores: { own: store } } })
    .create();
  class Sessions {
    handle(context: HttpContext, next: () => Promise<void>) {
      return sessions.handle(context, next);
    }
  }
  const server = new ServerFactory().merge({ app: await newApp(), encryption }).create();
  server.use([async () => ({ default: Sessions })]);
  server.getRouter().get('/login', ({ session }) => {
    for (const [name, value] of Object.entries(ADA)) session.put(name, value);
    session.flash('notice', 'Welcome!');
    return session.all();
  });
  server.getRouter().get('/', ({ session }) => session.all());
  await server.boot();
  return server.handle.bind(server);
}

/** One table, in a database that Node 22 or later can open. */
async function newDatabase(): Promise<Database> {
  const connection = { filename: ':memory:' };
  const main = { client: 'better-sqlite3', connection, useNullAsDefault: true } as const;
  const settings = { connection: 'main', connections: { main } };
  const made = new Database(settings, new LoggerFactory().create(), new Emitter(app) as never);
  await made.rawQuery(
    'CREATE TABLE sessions (id TEXT PRIMARY KEY, data TEXT, expires_at TIMESTAMP)',
  );
  return made;
}

const isOldNode = Number.parseInt(process.versions.node, 10) < 22;
const folder = mkdtempSync(join(tmpdir(), 'adonis-'));
const redis = await sharedServer('redis');
const client = redis.available ? new Redis(redis.url) : undefined;
const database = isOldNode ? undefined : await newDatabase();
// Their providers, which are not loaded here, tell Adonis these names.
app.container.bindValue('redis' as never, { connection: () => client } as never);
app.container.bindValue('lucid.db' as never, database as never);

const cookies = await stores.cookie().resolver(app);
const files = await stores.file({ location: folder }).resolver(app);
const inRedis = await stores.redis({ connection: 'main' as never }).resolver(app);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await client?.quit();
  await database?.manager.closeAll();
});

/** A store as Adonis makes it for a request. */
function storeOf(factory: SessionStoreFactory): AdonisStore {
  return factory(undefined as never, config);
}

const texts: AdonisStore = {
  read: (id) => client?.get(id),
  destroy: (id) => client?.del(id),
};

const SYSTEMS: [string, SessionStoreFactory, AdonisStore?][] = [
  ['cookies', cookies],
  ['files', files, storeOf(files)],
];
if (client !== undefined)
  SYSTEMS.push(['Redis', inRedis, storeOf(inRedis)], ['Redis, by its client', inRedis, texts]);
if (database !== undefined) {
  const settings = { connectionName: 'main', tableName: 'sessions' } as never;
  const inDatabase = await stores.database(settings).resolver(app);
  SYSTEMS.push(['a database', inDatabase, storeOf(inDatabase)]);
}

for (const [name, factory, store] of SYSTEMS)
  movingSuite({
    name: `@adonisjs/session with ${name}`,
    cookieName: config.cookieName,
    hasStore: store !== undefined,
    predecessor: () =>
      fromAdonisSession<Shop>({ ...config, encryption, store, userId: ({ user }) => user?.id }),
    serve: () => oldApp(factory),
  });

describe('@adonisjs/session', () => {
  /** The session of ours behind the cookies of a login at a server of Adonis. */
  async function sessionAfter(
    options: Partial<Parameters<typeof fromAdonisSession<Shop>>[0]>,
    change = (cookies: string[]): string[] => cookies,
  ) {
    const { origin, stop } = await listen(await oldApp(cookies));
    onTestFinished(stop);
    const response = await fetch(`${origin}/login`);
    const sent = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
    const inherit = [fromAdonisSession<Shop>({ ...config, encryption, ...options })];
    const sessions = createSessions<Shop & { notice: string }>({
      store: memoryStore({ warn: false }),
      inherit,
    });
    return sessions.open({ cookie: change(sent).join('; ') }, { secure: true });
  }

  test('a flash message is there once', async () => {
    const session = await sessionAfter({});
    expect(session.all()).toEqual({ ...ADA, notice: 'Welcome!' });
  });

  test('V-09: an id that another key signed, or for another cookie, opens nothing', async () => {
    const secret = 'another secret of thirty-two signs';
    const other = new EncryptionFactory().merge({ secret }).create();
    const renamed = (sent: string[]) => sent.map((cookie) => cookie.replace(/^shop=/, 'store='));
    expect((await sessionAfter({ encryption: other })).isNew).toBe(true);
    expect((await sessionAfter({ cookieName: 'store' }, renamed)).isNew).toBe(true);
  });

  test('V-09: the data of another session open nothing', async () => {
    const [one, two] = [encryption.verifier.sign('one', undefined, 'shop'), 'two'];
    const data = encryption.encrypt(ADA, undefined, two);
    const swapped = () => [`shop=s:${one}`, `one=e:${data}`];
    expect((await sessionAfter({}, swapped)).isNew).toBe(true);
  });

  // The whole of this file passes on Adonis 7 as well, which needs Node 24.
  test('the encryption of Adonis 7', async () => {
    const newer = new Adonis7Encryption().create();
    const id = newer.getMessageVerifier().sign('one', undefined, 'shop');
    const data = newer.encrypt(ADA, undefined, 'one');
    const sent = () => [`shop=s:${id}`, `one=e:${data}`];
    expect((await sessionAfter({ encryption: newer }, sent)).all()).toEqual(ADA);
    expect((await sessionAfter({}, sent)).isNew).toBe(true);
  });

  test('the text of another session opens nothing', async () => {
    const text = JSON.stringify({ message: ADA, purpose: 'another' });
    const store: AdonisStore = { read: () => text, destroy: () => undefined };
    expect((await sessionAfter({ store })).isNew).toBe(true);
  });

  test('without the encryption it is refused at start', () => {
    expect(() => fromAdonisSession({} as never)).toThrow(/needs encryption/);
  });
});
