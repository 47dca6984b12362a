import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SessionOptions } from '../../src/core/options.js';
import {
  cookieSessions,
  createSessions,
  predecessor,
  type Session,
  type SessionError,
} from '../../src/index.js';
import { type NewcomersOptions, newcomers } from '../../src/newcomers/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { type Data, FULL, HERE, MINUTE, server } from './server.js';

describe('V-23: what a visitor stores who never comes back', () => {
  test('ends after 15 minutes', async () => {
    const { visit, left, clock, store } = server();
    const token = await visit();
    expect(await left(token)).toBe(15 * MINUTE);
    clock.advance('15m');
    expect(await left(token)).toBe(0);
    expect(await store.count?.()).toBe(0);
  });

  test('ended when its short time was over, not when a normal one would be', async () => {
    // The store's own clock stands still, so that the core sees the deadline pass.
    const { visit, sessions, clock } = server({}, { store: memoryStore({ now: () => 0 }) });
    const token = await visit();
    const began = clock.now();
    const ended: number[] = [];
    sessions.on('ended', ({ endedAt }) => ended.push(endedAt));
    clock.advance('20m');
    await visit(() => undefined, token);
    expect(ended).toEqual([began + 15 * MINUTE]);
  });

  test('ends early, however often its first request stores it', async () => {
    const { visit, left } = server({ idleTimeout: '5m' });
    const token = await visit(async (session) => {
      await session.set('views', 1).save();
      await session.set('views', 2).save();
      await session.touch().save();
      session.set('views', 3);
    });
    expect(await left(token)).toBe(5 * MINUTE);
  });

  test('ends early with a token that regenerate made', async () => {
    const { visit, left } = server();
    expect(await left(await visit((session) => session.set('views', 1).regenerate()))).toBe(
      15 * MINUTE,
    );
    const again = async (session: Session<Data>): Promise<void> => {
      await session.set('views', 1).save();
      await session.regenerate();
    };
    expect(await left(await visit(again))).toBe(15 * MINUTE);
  });

  test('does not outlive a session that is meant to be shorter', async () => {
    const { visit, left } = server({}, { idleTimeout: '2m', touchAfter: '1s' });
    expect(await left(await visit())).toBe(2 * MINUTE + 1000);
  });
});

describe('a visitor who comes back', () => {
  test.for([0, 1, 30_000, 10 * MINUTE])('after %i ms has the normal deadline', async (after) => {
    const { visit, left, clock } = server();
    const token = await visit();
    clock.advance(Math.max(after, 1));
    await visit((session) => session.get('views'), token);
    expect(await left(token)).toBe(FULL);
    clock.advance('1h');
    await visit((session) => session.increment('views'), token);
    expect(await left(token)).toBe(FULL);
  });

  test('costs one touch for that, and then as many as without the option', async () => {
    const { visit, sessions, clock } = server();
    let touches = 0;
    sessions.on('touched', () => touches++);
    const token = await visit();
    for (let request = 0; request < 5; request++) {
      clock.advance('1s');
      await visit((session) => session.get('views'), token);
    }
    expect(touches).toBe(1);
  });

  test('with a request that does not count as use stays a newcomer', async () => {
    const { visit, sessions, left, clock } = server();
    const token = await visit();
    clock.advance('1m');
    const poll = await sessions.open({ 'x-session': token }, {}, { isUse: false });
    await sessions.commit(poll);
    expect(await left(token)).toBe(14 * MINUTE);
  });

  test('logs in, or has logged in, with the normal deadline at once', async () => {
    const { visit, left } = server();
    expect(await left(await visit((session) => session.login('ada')))).toBe(FULL);
    const token = await visit((session) => session.set('views', 1));
    expect(await left(await visit((session) => session.login('ada'), token))).toBe(FULL);
  });

  test('with the cookie of another system is no newcomer', async () => {
    const clock = manualClock(Date.UTC(2026, 10, 28));
    const old = predecessor<Data>({
      name: 'old-sessions',
      cookie: { name: 'old' },
      verify: (key) => ({
        key,
        read: async () => ({ data: { views: 7, note: '' } }),
        end: async () => undefined,
      }),
    });
    const sessions = createSessions<Data>({
      store: memoryStore({ now: clock.now }),
      now: clock.now,
      inherit: [old],
      newcomers: newcomers({ total: { max: 1, per: '1h' } }),
    });
    for (let visitor = 0; visitor < 3; visitor++) {
      const session = await sessions.open({ cookie: `old=${visitor}` }, { secure: true });
      await sessions.commit(session.set('note', 'here'));
      expect(session.expiresAt - clock.now()).toBe(FULL);
    }
  });
});

describe('V-23: above a budget', () => {
  const budgets: [string, NewcomersOptions][] = [
    ['address', { perAddress: { max: 2, per: '1m' } }],
    ['total', { total: { max: 2, per: '1m' } }],
  ];

  test.for(budgets)('(%s) a new session is not stored, with 429', async ([by, options]) => {
    const { visit, store, throttled, failed, clock } = server(options);
    await visit();
    await visit();
    const error = await visit().catch((thrown: SessionError) => thrown);
    expect(error).toMatchObject({
      code: 'newcomer-limit',
      status: 429,
      statusCode: 429,
      retryAfter: 30,
      headers: { 'Retry-After': '30' },
    });
    expect(await store.count?.()).toBe(2);
    expect(throttled).toEqual([{ by, wait: 30_000 }]);
    expect(failed).toEqual([]);
    clock.advance('30s');
    await visit();
    expect(await store.count?.()).toBe(3);
  });

  test.for(budgets)('(%s) who stores nothing is served', async ([, options]) => {
    const { visit, throttled } = server(options);
    for (let hit = 0; hit < 10; hit++) await visit((session) => session.get('views'));
    expect(throttled).toEqual([]);
  });

  test.for(budgets)('(%s) nobody notices who has a session', async ([, options]) => {
    const { visit, throttled } = server(options);
    const anonymous = await visit();
    const ada = await visit((session) => session.login('ada'));
    await visit();
    for (let hit = 0; hit < 3; hit++) await expect(visit()).rejects.toThrow('Too many');
    throttled.length = 0;
    for (const token of [anonymous, ada]) {
      const renewed = await visit((session) => session.increment('views'), token);
      const left = await visit(async (session) => {
        await session.logout();
        session.flash('note', 'See you');
      }, renewed);
      await visit((session) => expect(session.get('note')).toBe('See you'), left);
    }
    expect(throttled).toEqual([]);
  });

  test.for(budgets)('(%s) everybody can log in', async ([, options]) => {
    const { visit, sessions } = server(options);
    await visit();
    await visit();
    await expect(visit()).rejects.toThrow('Too many');
    for (let hit = 0; hit < 5; hit++) await visit((session) => session.login('ada'));
    expect(await sessions.ofUser('ada')).toHaveLength(5);
  });

  test.for(budgets)('(%s) regenerate makes no way around it', async ([, options]) => {
    const { visit, store } = server(options);
    await visit();
    await visit();
    await expect(visit((session) => session.set('views', 1).regenerate())).rejects.toThrow(
      'Too many',
    );
    expect(await store.count?.()).toBe(2);
  });

  test.for(budgets)('(%s) a token that leads nowhere is one of a newcomer', async ([, options]) => {
    const { visit, store } = server(options);
    await visit();
    const token = await visit();
    await store.clear?.();
    await expect(visit((session) => session.set('views', 1), token)).rejects.toThrow('Too many');
  });

  test('a handler may go on without what it wanted to store', async () => {
    const { visit, store } = server({ total: { max: 1, per: '1m' } });
    await visit();
    const token = await visit(async (session) => {
      await expect(session.set('views', 1).save()).rejects.toThrow('Too many');
      session.clear();
    });
    expect([token, await store.count?.()]).toEqual(['', 1]);
  });

  test('other addresses are served, and addresses of one network are one', async () => {
    const { visit } = server({ perAddress: { max: 1, per: '1m' } });
    await visit(undefined, '', '2001:db8:1:1::1');
    await expect(visit(undefined, '', '2001:db8:1:1:ffff::2')).rejects.toThrow('this address');
    await visit(undefined, '', '2001:db8:1:2::1');
    await visit(undefined, '', HERE);
  });

  test('the address is that behind the proxies that are trusted', async () => {
    const { sessions } = server({ perAddress: { max: 1, per: '1m' } }, { trustProxy: 1 });
    const hit = async (forged: string, client: string): Promise<unknown> => {
      const session = await sessions.open(
        { 'x-forwarded-for': `${forged}, ${client}` },
        { remoteAddress: '10.0.0.1' },
      );
      return sessions.commit(session.set('views', 1));
    };
    await hit('203.0.113.1', '192.0.2.1');
    await hit('203.0.113.1', '192.0.2.2');
    await expect(hit('203.0.113.2', '192.0.2.1')).rejects.toThrow('Too many');
  });
});

test('newcomers is for stores, and takes what newcomers() gives', () => {
  for (const options of [
    {
      store: cookieSessions(),
      secret: randomBytes(32).toString('base64url'),
      newcomers: newcomers(),
    },
    { store: memoryStore(), newcomers: { idleTimeout: '5m' } },
    { store: memoryStore(), newcomers: true },
    { store: memoryStore(), newcomers: null },
  ])
    expect(() => createSessions(options as unknown as SessionOptions)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringMatching(/newcomers/),
      }),
    );
});
