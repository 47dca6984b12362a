import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionListener } from '../../src/adapters/node.js';
import { createSessions, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { listen } from '../adapters/reply.js';
import { cachingProxy } from './caching-proxy.js';

/** Every way a handler can come to depend on its session; what it returns becomes the page. */
const ACCESS: readonly [string, (session: Session) => unknown][] = [
  ['get', (session) => session.get('name')],
  ['has', (session) => session.has('name')],
  ['exists', (session) => session.exists('name')],
  ['missing', (session) => session.missing('name')],
  ['all', (session) => JSON.stringify(session.all())],
  ['keys', (session) => Object.keys(session.all())],
  ['in', (session) => 'name' in session.all()],
  ['spread', (session) => JSON.stringify({ ...session.all() })],
  ['only', (session) => JSON.stringify(session.only(['name']))],
  ['except', (session) => JSON.stringify(session.except(['other']))],
  ['JSON', (session) => JSON.stringify(session)],
  ['userId', (session) => session.userId],
  ['id', (session) => session.id],
  ['isNew', (session) => session.isNew],
  ['createdAt', (session) => session.createdAt],
  ['expiresAt', (session) => session.expiresAt],
  ['set', (session) => session.set('seen', true).get('seen')],
  ['update', (session) => session.update('count', () => 1).get('count')],
  ['increment', (session) => session.increment('count')],
  ['push', (session) => session.push('list', 1).get('list')],
  ['pull', (session) => session.pull('name')],
  ['delete', (session) => session.delete('name')],
  ['clear', (session) => session.clear().get('name')],
  ['flash', (session) => session.flash('status', 'saved').get('status')],
  ['now', (session) => session.now('status', 'saved').get('status')],
  ['touch', (session) => session.touch().get('name')],
  ['touch alone', (session) => void session.touch()],
  ['regenerate', (session) => session.regenerate()],
  ['login', (session) => session.login('alice')],
  ['logout', (session) => session.logout()],
  ['destroy', (session) => session.destroy()],
  ['save', (session) => session.save()],
  ['reload', (session) => session.reload()],
];

const OWN_RULES: readonly (readonly [string, Record<string, string>])[] = [
  ['no headers of its own', {}],
  ['public', { 'Cache-Control': 'public, max-age=3600' }],
  ['a Vary of its own', { Vary: 'Accept-Language', 'Cache-Control': 'max-age=3600' }],
];

async function shop(
  access: (session: Session) => unknown,
  headers: Record<string, string>,
  persistent: boolean,
): Promise<Browsers> {
  const clock = manualClock();
  const sessions = createSessions({
    store: memoryStore({ now: clock.now }),
    now: clock.now,
    cookie: { persistent },
    touchAfter: '1m',
  });
  const server = await listen(
    sessionListener(sessions, async ({ url }, response, session) => {
      if (url === '/login') {
        session.set('name', 'secret of Alice');
        await session.login('alice');
        return response.end();
      }
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      const page = url === '/page' ? await access(session) : 'untouched';
      return response.end(String(page));
    }),
  );
  const proxy = await listen(cachingProxy(server.origin));
  onTestFinished(server.stop);
  onTestFinished(proxy.stop);
  const browser = (): Client => createClient({ origin: proxy.origin, now: clock.now });
  return { browser, passTime: () => clock.advance('2m') };
}

interface Browsers {
  browser(): Client;
  /** Long enough for the next request to touch its session. */
  passTime(): void;
}

const pageOf = async (client: Client, path = '/page') => {
  const response = await client.get(path);
  return {
    text: await response.text(),
    cookies: response.headers.getSetCookie(),
    isHit: response.headers.get('x-cache') === 'hit',
  };
};

describe.each(OWN_RULES)('V-22, F-25, S-30: behind a cache, with %s', (_rules, headers) => {
  describe.each([
    ['a session cookie', false],
    ['a persistent cookie', true],
  ] as const)('%s', (_kind, persistent) => {
    test.each(ACCESS)('%s: nobody gets what was made for another', async (_form, access) => {
      const { browser, passTime } = await shop(access, headers, persistent);
      const [alice, bob, carol] = [browser(), browser(), browser()];
      await pageOf(alice, '/login');
      passTime();
      const hers = await pageOf(alice);
      const his = await pageOf(bob);
      const others = await pageOf(carol);
      const tokens = [...hers.cookies, ...alice.cookies.list().map(({ value }) => value)];
      expect(his.isHit, 'the page made for Alice was served to Bob').toBe(false);
      for (const { text, cookies } of [his, others]) {
        expect(text).not.toContain('secret');
        for (const token of tokens) expect(cookies.join()).not.toContain(token);
      }
      for (const cookie of his.cookies) expect(others.cookies).not.toContain(cookie);
      if (his.cookies.length > 0) expect(others.isHit).toBe(false);
    });
  });

  test('the cache does keep what does not depend on a session', async () => {
    const { browser } = await shop(() => undefined, headers, false);
    expect(await pageOf(browser(), '/')).toEqual({ text: 'untouched', cookies: [], isHit: false });
    expect(await pageOf(browser(), '/')).toEqual({ text: 'untouched', cookies: [], isHit: true });
  });
});

test('F-25: the cache would leak, if the headers of the commit were left out', async () => {
  const server = await listen((_request, response) =>
    response.setHeader('Set-Cookie', 'sid=alice').end('secret of Alice'),
  );
  const proxy = await listen(cachingProxy(server.origin));
  onTestFinished(server.stop);
  onTestFinished(proxy.stop);
  await pageOf(createClient({ origin: proxy.origin }));
  expect((await pageOf(createClient({ origin: proxy.origin }))).cookies).toEqual(['sid=alice']);
});
