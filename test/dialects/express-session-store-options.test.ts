import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { createClient } from 'redis';
import { describe, expect, test } from 'vitest';
import type { ServerName } from '../../scripts/servers/types.js';
import { sharedServer } from '../servers.js';
import { ask, cookieOf, type Handler, packages, quiet, serve } from './express-session/apps.js';

/** Their types are those of express-session, which would meet ours on the one `Express.Request`. */
const load = createRequire(import.meta.url);
const original = load('express-session');
let spaces = 0;

/** A store of npm, and the options of its readme that change what it takes or gives. */
interface Kind {
  readonly name: string;
  readonly server?: ServerName;
  readonly options: readonly object[];
  open(options: object, url: string): Promise<{ store: never; close(): unknown }>;
}

const SERIALIZER = {
  stringify: (session: object) => `v1${JSON.stringify(session)}`,
  parse: (text: string) => JSON.parse(text.slice(2)),
};

const kinds: readonly Kind[] = [
  {
    name: 'memorystore',
    options: [
      { ttl: 60_000 },
      { ttl: (_options: object, session: { views?: number }) => 60_000 + (session.views ?? 0) },
      { serializer: SERIALIZER, stale: true },
      { max: 100, noDisposeOnSet: true, dispose: () => undefined },
    ],
    async open(options) {
      const MemoryStore = load('memorystore')(original);
      return { store: new MemoryStore(options) as never, close: () => undefined };
    },
  },
  {
    name: 'session-file-store',
    options: [
      { ttl: 60 },
      { secret: 'file secret' },
      { fileExtension: '.session', encoding: 'utf8' },
      { encoder: SERIALIZER.stringify, decoder: SERIALIZER.parse },
    ],
    async open(options) {
      const FileStore = load('session-file-store')(original);
      const path = mkdtempSync(join(tmpdir(), 'sojourn-file-store-'));
      const quietly = { path, retries: 0, reapInterval: -1, logFn: () => undefined };
      return {
        store: new FileStore({ ...quietly, ...options }) as never,
        close: () => rmSync(path, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'better-sqlite3-session-store',
    options: [{ expired: { clear: false } }],
    async open(options) {
      const SqliteStore = load('better-sqlite3-session-store')(original);
      const client = new Database(':memory:');
      return {
        store: new SqliteStore({ client, ...options }) as never,
        close: () => client.close(),
      };
    },
  },
  {
    name: 'connect-redis',
    server: 'redis',
    options: [
      { ttl: 60 },
      { ttl: (session: { cookie: { path?: string } }) => (session.cookie.path === '/' ? 60 : -1) },
      { disableTouch: true },
      { disableTTL: true },
      { serializer: SERIALIZER },
    ],
    async open(options, url) {
      const { RedisStore } = load('connect-redis');
      const client = createClient({ url });
      await client.connect();
      const store = new RedisStore({
        client,
        prefix: `options:${process.pid}:${++spaces}:`,
        ...options,
      });
      return { store: store as never, close: () => store.clear().then(() => client.destroy()) };
    },
  },
  {
    name: 'connect-pg-simple',
    server: 'postgres',
    options: [{ ttl: 60 }, { disableTouch: true }, { createTableIfMissing: true }],
    async open(options, url) {
      const PgStore = load('connect-pg-simple')(original);
      const pool = new pg.Pool({ connectionString: url, max: 2 });
      const tableName = `options_${process.pid}_${++spaces}`;
      await pool.query(
        `create table "${tableName}" (sid varchar primary key, sess json not null, expire timestamp(6) not null)`,
      );
      const store = new PgStore({ pool, tableName, pruneSessionInterval: false, ...options });
      return {
        store: store as never,
        async close() {
          await store.close();
          await pool.query(`drop table "${tableName}"`);
          await pool.end();
        },
      };
    },
  },
  {
    name: 'connect-mongo',
    server: 'mongodb',
    options: [
      { ttl: 60 },
      { touchAfter: 3600 },
      { stringify: false },
      { stringify: false, touchAfter: 3600 },
      { transformId: (id: string) => `id-${id}` },
      { serialize: SERIALIZER.stringify, unserialize: SERIALIZER.parse },
      { crypto: { secret: 'a secret for MongoDB' } },
      { timestamps: true },
    ],
    async open(options, url) {
      const { default: MongoStore = load('connect-mongo') } = load('connect-mongo');
      const client = await MongoClient.connect(url);
      const collectionName = `options_${process.pid}_${++spaces}`;
      const store = MongoStore.create({
        client,
        dbName: 'sojourn-connect',
        collectionName,
        autoRemove: 'disabled',
        ...options,
      });
      return {
        store: store as never,
        async close() {
          await client.db('sojourn-connect').dropCollection(collectionName);
          await client.close();
        },
      };
    },
  },
];

/** Each verb of a session, by its path. */
const verbs: Handler = async (request, response) => {
  const { session, url } = request;
  if (url === '/set') session.views = (session.views ?? 0) + 1;
  if (url === '/user') session.user = { name: 'ada', tags: ['a'] };
  if (url === '/save') await ask((done) => session.save(done));
  if (url === '/touch') session.touch();
  if (url === '/reload') await ask((done) => session.reload(done));
  if (url === '/login') await ask((done) => session.regenerate(done));
  if (url === '/logout') await ask((done) => session.destroy(done));
  const { cookie, ...data } = request.session ?? {};
  // Of stores that keep a note for themselves.
  const { __lastAccess: _, lastModified, ...own } = data as Record<string, unknown>;
  response.end(JSON.stringify([own, lastModified instanceof Date, typeof cookie?.originalMaxAge]));
};

const VISITS =
  '/ /set / /set /user / /save / /touch /reload /set / /login /set / /logout / /set /'.split(' ');

for (const { name, server: serverName, options, open } of kinds) {
  const server = serverName === undefined ? undefined : await sharedServer(serverName);
  const url = server?.available ? ((server as { url?: string }).url ?? '') : '';
  const cookies = [{}, { maxAge: 60_000 }];
  const settings = options.flatMap((each) => cookies.map((cookie) => ({ each, cookie })));

  describe.skipIf(server?.available === false)(`${name}, with an option of its readme`, () => {
    test.each(settings)('the same answers as under the original: %o', async ({ each, cookie }) => {
      const logs: unknown[][] = [];
      for (const { session } of packages) {
        const { store, close } = await open(each, url);
        const app = await serve(session, { ...quiet, store, cookie }, verbs);
        const log: unknown[] = [];
        let sent: string | undefined;
        for (const path of VISITS) {
          const answer = await app.get(path, { cookie: sent });
          sent = cookieOf(answer) ?? sent;
          log.push([path, answer.status, answer.text, answer.setCookie.length]);
        }
        await close();
        logs.push(log);
      }
      expect(logs[0]).toEqual(expect.arrayContaining([expect.arrayContaining([200])]));
      expect(logs[1]).toEqual(logs[0]);
    });
  });
}
