import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  cookieSessions,
  createSessions,
  type LoginOptions,
  type Session,
  type SessionOptions,
} from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { setCookies, Visitor } from '../visitor.js';
import { visits } from './visits.js';

interface Data {
  cart: string[];
  views: number;
  message: string;
}

const DAY = 86_400_000;
const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('which data a login keeps', () => {
  async function after(user: string | undefined, options?: LoginOptions): Promise<unknown> {
    const server = visits<Data>();
    const token = await server.visit('', async (session) => {
      if (user !== undefined) await session.login(user);
      session.set('cart', ['tea']).set('views', 3);
    });
    return server.found(await server.visit(token, (session) => session.login('ada', options)));
  }

  const all = { cart: ['tea'], views: 3 };
  const cases: [string, string | undefined, LoginOptions | undefined, unknown][] = [
    ['those of an anonymous visitor', undefined, undefined, all],
    ['those of the same user', 'ada', undefined, all],
    ["none of another user's", 'bob', undefined, {}],
    ["another user's when asked to", 'bob', { keep: true }, all],
    ['none when asked to', undefined, { keep: false }, {}],
    ['some keys', undefined, { keep: ['cart'] }, { cart: ['tea'] }],
    ["some keys of another user's", 'bob', { keep: ['cart', 'message'] }, { cart: ['tea'] }],
    ['no key', undefined, { keep: [] }, {}],
  ];

  test.for(cases)('%s', async ([, user, options, kept]) => {
    expect(await after(user, options)).toEqual(kept);
  });

  test("another user's are dropped also when that session ended before the login", async () => {
    const server = visits<Data>();
    const token = await server.visit('', async (session) => {
      await session.login('bob');
      session.set('views', 3);
    });
    const late = await server.open(token);
    await server.visit(token, (session) => session.logout());
    expect(await late.set('cart', ['tea']).save()).toBe('gone');
    await late.login('ada');
    expect(await server.found(await server.commit(late))).toEqual({});
  });

  test('what another request adds meanwhile is dropped with the rest', async () => {
    const server = visits<Data>();
    const token = await server.visit('', async (session) => {
      await session.login('bob');
      session.set('views', 3);
    });
    const [ada, bob] = [await server.open(token), await server.open(token, server.other)];
    await server.other.commit(bob.push('cart', "bob's"));
    await ada.login('ada');
    const moved = await server.commit(ada);
    expect([await server.found(moved), (await server.open(moved)).userId]).toEqual([{}, 'ada']);
  });

  test('flash that is kept is flash still', async () => {
    for (const flash of ['read', 'next'] as const) {
      const server = visits<Data>({ flash });
      const token = await server.visit('', (session) => session.set('views', 1));
      const moved = await server.visit(token, (session) =>
        session.flash('message', 'welcome').login('ada', { keep: ['message'] }),
      );
      const seen: unknown[] = [];
      for (let request = 0; request < 2; request++)
        await server.visit(moved, (session) => seen.push(session.get('message')));
      expect(seen).toEqual(['welcome', undefined]);
    }
  });

  test('flash of the request before is not kept for good', async () => {
    for (const flash of ['read', 'next'] as const) {
      const server = visits<Data>({ flash });
      const token = await server.visit('', (session) => session.flash('message', 'welcome'));
      const moved = await server.visit(token, async (session) => {
        expect(session.get('message')).toBe('welcome');
        await session.login('ada', { keep: ['message'] });
        expect(session.get('message')).toBe('welcome');
      });
      expect(await server.found(moved)).toEqual({});
    }
  });
});

describe('a login that is remembered', () => {
  const remember = { idleTimeout: '30d', lifetime: '90d', persistent: true } as const;
  const secret = randomBytes(32).toString('base64url');

  function setUp(options: Partial<SessionOptions> = {}) {
    const clock = manualClock();
    const store = memoryStore({ now: clock.now });
    const create = () =>
      createSessions<Data>({
        store,
        now: clock.now,
        idleTimeout: '1h',
        lifetime: '12h',
        ...options,
      });
    const sessions = create();
    return { clock, store, sessions, other: create(), visitor: new Visitor(sessions) };
  }

  const places: [string, Partial<SessionOptions>][] = [
    ['in a store', {}],
    ['in a store, encrypted', { secret, encrypt: true }],
    ['in its cookie', { store: cookieSessions(), secret }],
  ];

  test.for(places)('lives as long as it asked for, %s', async ([, options]) => {
    const { clock, visitor } = setUp(options);
    const { session } = await visitor.visit((session) => session.login('ada', remember));
    const start = clock.now();
    expect(session.expiresAt).toBeGreaterThanOrEqual(start + 30 * DAY);
    clock.advance('29d');
    expect((await visitor.visit()).session.userId).toBe('ada');
    clock.advance('29d');
    expect((await visitor.visit()).session.userId).toBe('ada');
    clock.advance('29d');
    const { session: last } = await visitor.visit();
    expect([last.userId, last.expiresAt]).toEqual(['ada', start + 90 * DAY]);
    clock.set(start + 90 * DAY);
    expect((await visitor.open()).isNew).toBe(true);
  });

  test('ends when it is not used for that long, and not before', async () => {
    const { clock, visitor } = setUp();
    await visitor.visit((session) => session.login('ada', remember));
    clock.advance(30 * DAY);
    expect((await visitor.open()).isNew).toBe(false);
    clock.advance(60_000);
    expect((await visitor.open()).isNew).toBe(true);
  });

  test('may be shorter than others: for public computers', async () => {
    const { clock, visitor } = setUp();
    await visitor.visit((session) => session.login('ada', { idleTimeout: '5m', lifetime: '10m' }));
    clock.advance('4m');
    await visitor.visit();
    clock.advance('4m');
    expect((await visitor.visit()).session.userId).toBe('ada');
    clock.advance('2m');
    expect((await visitor.open()).isNew).toBe(true);
  });

  test.for(places)('has a cookie that outlives the browser, %s', async ([, options]) => {
    const { clock, visitor } = setUp(options);
    const anonymous = await visitor.visit((session) => session.set('views', 1));
    expect(setCookies(anonymous)[0]).not.toContain('Max-Age');
    const answer = await visitor.visit((session) => session.login('ada', remember));
    const age = (30 * DAY + 60_000) / 1000;
    expect(setCookies(answer)[0]).toContain(`Max-Age=${age};`);
    clock.advance('1d');
    expect(setCookies(await visitor.visit())[0]).toContain(`Max-Age=${age};`);
  });

  test('may have a cookie that ends with the browser where others do not', async () => {
    const { visitor } = setUp({ cookie: { persistent: true } });
    const anonymous = await visitor.visit((session) => session.set('views', 1));
    expect(setCookies(anonymous)[0]).toContain('Max-Age');
    const answer = await visitor.visit((session) => session.login('ada', { persistent: false }));
    expect(setCookies(answer)).toHaveLength(1);
    expect(setCookies(answer)[0]).not.toContain('Max-Age');
    await visitor.visit((session) => session.set('views', 2));
    expect(setCookies(await visitor.visit((session) => session.regenerate()))[0]).not.toContain(
      'Max-Age',
    );
  });

  const kept: [string, (session: Session<Data>) => unknown][] = [
    ['a change', (session) => session.increment('views')],
    ['a regenerate', (session) => session.regenerate()],
    ['a touch', (session) => session.touch()],
  ];

  test.for(kept)('is remembered after %s, on every server and in lists', async ([, verb]) => {
    const { clock, sessions, other, visitor } = setUp();
    await visitor.visit((session) => session.login('ada', remember));
    await visitor.visit(verb);
    clock.advance('20d');
    const found = await new Visitor(other, visitor.cookie).open();
    expect(found.userId).toBe('ada');
    expect(await sessions.ofUser('ada')).toMatchObject([{ expiresAt: found.expiresAt }]);
    expect((await sessions.list()).sessions).toHaveLength(1);
    expect(await sessions.read(found.id)).toMatchObject({ userId: 'ada' });
    expect(await sessions.change(found.id, (session) => session.set('views', 9))).toBe('updated');
    expect(await sessions.destroyUser('ada')).toBe(1);
  });

  test('is remembered through a renewal', async () => {
    const { clock, visitor } = setUp({ rotateAfter: '7d' });
    await visitor.visit((session) => session.login('ada', remember));
    for (let week = 0; week < 3; week++) {
      clock.advance('7d');
      const before = visitor.cookie;
      expect((await visitor.visit()).session.userId).toBe('ada');
      expect(visitor.cookie).not.toBe(before);
    }
  });

  test('is forgotten by a login without options, and by a logout', async () => {
    for (const verb of ['login', 'logout'] as const) {
      const { clock, visitor } = setUp();
      await visitor.visit((session) => session.login('ada', remember));
      const answer = await visitor.visit(async (session) => {
        if (verb === 'login') await session.login('ada');
        else await session.logout();
        session.set('views', 1);
      });
      expect(setCookies(answer).at(-1)).not.toContain('Max-Age');
      expect(answer.session.expiresAt).toBeLessThan(clock.now() + 2 * 3_600_000);
      clock.advance('2h');
      expect((await visitor.open()).isNew).toBe(true);
    }
  });
});

describe('options of a login that are wrong are refused, and nothing changes', () => {
  const wrong: [string, unknown][] = [
    ['an unknown name', { rememberMe: true }],
    ['a bare number under 1,000', { idleTimeout: 30 }],
    ['a duration without a unit', { lifetime: '30 days' }],
    ['no duration', { lifetime: 0 }],
    ['longer than browsers keep a cookie', { lifetime: '500d' }],
    ['a text for a list of keys', { keep: 'cart' }],
    ['a text for a boolean', { persistent: 'yes' }],
  ];

  test.for(wrong)('%s', async ([, options]) => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.set('cart', ['tea']));
    const session = await server.open(token);
    await expect(session.login('ada', options as LoginOptions)).rejects.toThrow(
      withCode('invalid-option'),
    );
    expect([session.userId, session.get('cart'), session.isChanged]).toEqual([
      undefined,
      ['tea'],
      false,
    ]);
    expect(await session.login('ada')).toBe('regenerated');
    expect(await server.found(await server.commit(session))).toEqual({ cart: ['tea'] });
  });

  test('a lifetime above 400 days is allowed where the settings allow it', async () => {
    const { visit, open, clock } = visits<Data>({ lifetime: '1000d', idleTimeout: '1000d' });
    const token = await visit('', (session) => session.login('ada', { lifetime: '500d' }));
    clock.advance('499d');
    expect((await open(token)).userId).toBe('ada');
  });

  test.for([undefined, null, 7, '', {}, 'x'.repeat(201)])('the user id %j', async (userId) => {
    let calls = 0;
    const server = visits<Data>({}, (store) => ({
      ...store,
      create: (...call) => {
        calls++;
        return store.create(...call);
      },
    }));
    const session = await server.sessions.open({});
    const login = session.login(userId as string);
    await expect(login).rejects.toMatchObject({ code: 'invalid-value', path: 'userId' });
    const ids = userId as string;
    for (const refused of [
      server.sessions.ofUser(ids),
      server.sessions.destroyUser(ids),
      server.sessions.changeUser(ids, () => undefined),
    ])
      await expect(refused).rejects.toMatchObject({ code: 'invalid-value', path: 'userId' });
    expect(calls).toBe(0);
  });

  test('a user id of 200 characters of any kind is one', async () => {
    const server = visits<Data>();
    for (const userId of ['x'.repeat(200), ' ', '\u0000', 'ünïcode 🥐', '__proto__']) {
      const token = await server.visit('', (session) => session.login(userId));
      expect((await server.open(token)).userId).toBe(userId);
      expect(await server.sessions.ofUser(userId)).toHaveLength(1);
    }
  });
});
