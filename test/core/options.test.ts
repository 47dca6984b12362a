import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { cookieSessions, createSessions, type SessionOptions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { setCookies, Visitor } from '../visitor.js';
import { visits } from './visits.js';

const code = 'invalid-option';

function refused(options: unknown, message: RegExp): void {
  const create = (): unknown => createSessions(options as SessionOptions);
  expect(create).toThrow(expect.objectContaining({ code }));
  expect(create).toThrow(message);
}

describe('createSessions says what is wrong with its options, and what to write', () => {
  test('without options, or with none that are options', () => {
    for (const options of [undefined, null, 'redis', 7, memoryStore])
      refused(options, /createSessions\(\{ store: memoryStore\(\) \}\)/);
  });

  test('without a store', () => {
    refused({}, /store is not set\. .*memoryStore\(\)/);
    refused({ store: undefined }, /store is not set/);
    refused({ store: null }, /store/);
  });

  test('the name of a store for a store', () => {
    refused({ store: 'redis' }, /import \{ redisStore \} from 'sojourn\/stores\/redis'/);
    refused({ store: 'memory' }, /import \{ memoryStore \} from 'sojourn\/stores\/memory'/);
    refused({ store: 'connect-redis' }, /not a session store/);
  });

  test('a factory that was not called', () => {
    refused({ store: memoryStore }, /Call it: store: memoryStore\(\)/);
    refused({ store: () => memoryStore() }, /function/);
  });

  test('a store for express-session', () => {
    class ConnectStore extends EventEmitter {
      get(): boolean {
        return false;
      }
      set(): boolean {
        return false;
      }
      destroy(): boolean {
        return false;
      }
    }
    refused({ store: new ConnectStore() }, /fromConnect\(store\)/);
  });

  test('a client of a database, or anything else, for a store', () => {
    for (const store of [{}, [], 7, true, new Map(), { query: () => undefined }])
      refused({ store }, /store is not a session store/);
  });

  test('a promise of a store', () => {
    refused({ store: Promise.resolve(memoryStore()) }, /await/i);
  });

  test('names that are no options', () => {
    const store = memoryStore();
    refused({ store, ttl: 3 }, /no option 'ttl'.*idleTimeout/);
    refused({ store, maxAge: 3 }, /no option 'maxAge'/);
    refused({ store, rolling: true }, /no option 'rolling'/);
    refused({ store, cookie: { maxAge: 3 } }, /maxAge/);
    refused({ store, sessionsPerUser: { max: 1, policy: 'refuse' } }, /no option 'policy'/);
  });

  test('values of another kind', () => {
    const store = memoryStore();
    const wrong: [Partial<Record<keyof SessionOptions, unknown>>, RegExp][] = [
      [{ encrypt: 'yes' }, /encrypt/],
      [{ encrypt: true }, /secret/],
      [{ clientFacts: 'no' }, /clientFacts/],
      [{ codec: 'json' }, /codec/],
      [{ transport: 'header' }, /transport/],
      [{ cookie: 'sid' }, /cookie/],
      [{ now: 7 }, /now/],
      [{ trustProxy: -1 }, /trustProxy/],
      [{ trustProxy: 'loopback' }, /trustProxy/],
      [{ maxLength: 0 }, /maxLength/],
      [{ flash: 'once' }, /flash.*'page' or 'read' or 'next'/],
      [{ onStoreError: 'ignore' }, /onStoreError/],
      [{ cacheControl: '' }, /cacheControl/],
      [{ clearSiteData: 'cookies' }, /'cache', 'cookies'/],
      [{ clearSiteData: ['*'] }, /clearSiteData/],
      [{ cacheControl: true }, /cacheControl/],
      [{ cacheControl: 'a\r\nb: c' }, /cacheControl/],
      [{ sessionsPerUser: 3 }, /sessionsPerUser/],
      [{ sessionsPerUser: null }, /sessionsPerUser/],
      [{ secret: 7 }, /secret/],
    ];
    for (const [options, message] of wrong) refused({ store, ...options }, message);
  });

  test('a cookie beside a transport', () => {
    const { transport } = { transport: { name: 'x', vary: 'x', persistent: false } };
    refused({ store: memoryStore(), cookie: {}, transport }, /cookie and transport/);
  });

  test('what sealed sessions cannot have', () => {
    const sealed = { store: cookieSessions(), secret: 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i' };
    refused({ ...sealed, encrypt: true }, /encrypt/);
    refused({ ...sealed, rotateAfter: '1h' }, /rotateAfter/);
    refused({ ...sealed, sessionsPerUser: { max: 1 } }, /byUser/);
    refused({ store: cookieSessions() }, /secret/);
    for (const options of [{ revocation: memoryStore() }, { revocations: 'redis' }])
      expect(() => cookieSessions(options as never)).toThrow(expect.objectContaining({ code }));
  });

  test('limits need a store that finds the sessions of a user', () => {
    const { byUser, ...store } = memoryStore();
    expect(byUser).toBeDefined();
    refused({ store, sessionsPerUser: { max: 1 } }, /byUser/);
  });

  test('the options of the caller stay as they are', () => {
    const options = Object.freeze({ store: memoryStore(), cookie: Object.freeze({}) });
    expect(() => createSessions(options)).not.toThrow();
  });
});

describe('cacheControl', () => {
  const headersOf = (headers: readonly (readonly [string, string])[]) =>
    headers.filter(([name]) => name === 'Cache-Control').map(([, value]) => value);

  async function answers(options: Partial<SessionOptions> = {}) {
    const { sessions, visit, open } = visits<{ views: number }>(options);
    const token = await visit('', (session) => session.set('views', 1));
    const looked = await open(token);
    looked.get('views');
    const blind = await open(token);
    const stranger = await open('');
    stranger.get('views');
    const changed = await open('');
    changed.set('views', 1);
    const all = [looked, blind, stranger, changed];
    const headers: string[][] = [];
    for (const session of all) headers.push(headersOf((await sessions.commit(session)).headers));
    return headers;
  }

  test('is private, no-cache where a stored session was looked at, and no-store with a token', async () => {
    expect(await answers()).toEqual([['private, no-cache'], [], [], ['no-store']]);
  });

  test('may be another, or none', async () => {
    expect(await answers({ cacheControl: 'no-store' })).toEqual([
      ['no-store'],
      [],
      [],
      ['no-store'],
    ]);
    expect(await answers({ cacheControl: 'private, max-age=60' })).toEqual([
      ['private, max-age=60'],
      [],
      [],
      ['no-store'],
    ]);
    expect(await answers({ cacheControl: false })).toEqual([[], [], [], ['no-store']]);
  });

  test('a session that was opened for reading is private too', async () => {
    const sessions = createSessions({ store: memoryStore() });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    const request = [{ cookie: visitor.cookie }, { secure: true }, { readOnly: true }] as const;
    const page = await sessions.open(...request);
    page.get('views');
    const answer = await sessions.commit(page);
    expect([headersOf(answer.headers), setCookies(answer)]).toEqual([['private, no-cache'], []]);
  });
});
