import { createRequire } from 'node:module';
import { describe, expect, it, onTestFinished } from 'vitest';
import express3 from '../../src/dialects/express3.js';
import { sharedServer } from '../servers.js';
import { exchange } from './exchanges.js';
import { type Express3, type Handler, type Loose, original, serveApp } from './express3-apps.js';

const require = createRequire(import.meta.url);
const redis = await sharedServer('redis');
const mongodb = await sharedServer('mongodb');
const ours: Express3 = express3(original);

const handlers: Record<string, Handler> = {
  // The original sends a response without a body before its session is stored.
  '/login': ({ session }) => Object.assign(session, { user: 'ada', views: 0 }).user,
  '/read': ({ session }) => `${session.user} ${++session.views}`,
  '/logout': (request) => new Promise((resolve) => request.session.destroy(() => resolve('out'))),
};
const visits = ['/login', '/read', '/read', '/logout', '/read'].map((path) => ({ path }));
const answers = ['ada', 'ada 1', 'ada 2', 'out', 'undefined NaN'];

/**
 * The bodies that a visitor gets when `packages` take turns, each with a store of its own on the
 * same server.
 */
async function bodies(
  packages: readonly Express3[],
  makeStore: (express: Express3) => Loose,
): Promise<string[]> {
  const origins = await Promise.all(
    packages.map((express) =>
      serveApp(
        { handlers },
        express.session({ key: 'app.sess', store: makeStore(express), secret: 'SEKR37' }),
      ),
    ),
  );
  return (await exchange(visits, origins)).map(({ body }) => body);
}

/**
 * The original alone, ours alone, and both in turn: whoever signed in on one is signed in on the
 * other.
 */
async function compare(makeStore: (express: Express3) => Loose): Promise<void> {
  for (const packages of [[original], [ours], [original, ours], [ours, original]]) {
    expect(await bodies(packages, makeStore)).toEqual(answers);
  }
}

describe.skipIf(!redis.available)("RedisStore, require('connect-redis')(express)", () => {
  it('finds what the other stored', async () => {
    if (!redis.available) return;
    const { host, port } = redis;
    await compare((express) => {
      const RedisStore = require('connect-redis1')(express);
      const store = new RedisStore({ host, port, prefix: `express3-${process.pid}:`, ttl: 60 });
      onTestFinished(() => store.client.end());
      return store;
    });
  });
});

describe.skipIf(!mongodb.available)("MongoStore, require('connect-mongo')(express)", () => {
  it('finds what the other stored', async () => {
    if (!mongodb.available) return;
    const url = `${mongodb.url}express3-${process.pid}`;
    await compare((express) => {
      const MongoStore = require('connect-mongo3')(express);
      const store = new MongoStore({
        url,
        ttl: 60,
        mongoOptions: { useNewUrlParser: true, useUnifiedTopology: true },
      });
      onTestFinished(() => store.close());
      return store;
    });
  });
});
