import { describe, expect, test } from 'vitest';
import { createSessions, type SessionOptions, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { setCookies } from '../visitor.js';

interface Data {
  n: number;
}

type Options = Pick<SessionOptions, 'cookie' | 'rotateAfter'>;

function setUp({ cookie = { name: 'sid' }, ...options }: Options = {}) {
  const clock = manualClock();
  const store = memoryStore({ now: clock.now });
  const sessions = createSessions<Data>({ store, now: clock.now, cookie, ...options });
  const events: string[] = [];
  sessions.on('rejected', ({ reason }) => events.push(reason));
  sessions.on('replayed', () => events.push('replayed'));
  sessions.on('gone', () => events.push('gone'));
  return { clock, store, sessions, events };
}

const HOST = { host: 'www.shop.example' };

/** Opens a request with these tokens, each in a cookie of the same name. */
function open(sessions: Sessions<Data>, ...tokens: string[]) {
  const cookie = tokens.map((token) => `sid=${token}`).join('; ');
  return sessions.open({ ...HOST, cookie }, { secure: true });
}

async function loggedIn(sessions: Sessions<Data>, userId: string): Promise<string> {
  const session = await open(sessions);
  await session.login(userId);
  session.set('n', 1);
  return tokenIn(setCookies(await sessions.commit(session)));
}

/** The token that a response sets. */
function tokenIn(cookies: readonly string[]): string {
  const set = cookies.find((cookie) => !cookie.includes('Max-Age=0'));
  return set?.split(';')[0]?.split('=')[1] ?? '';
}

describe('S-14 two cookies that lead to one session', () => {
  test('the same token twice is that session', async () => {
    const { sessions, events } = setUp();
    const token = await loggedIn(sessions, 'ada');
    const session = await open(sessions, token, token);
    session.increment('n');
    expect(setCookies(await sessions.commit(session))).toEqual([]);
    expect([session.userId, session.outcome, events]).toEqual(['ada', 'updated', []]);
  });

  test.for(['old first', 'new first'] as const)(
    'a renewed token and its successor are that session, %s, however late',
    async (order) => {
      const { sessions, clock, events } = setUp({ rotateAfter: '15m' });
      const old = await loggedIn(sessions, 'ada');
      clock.advance('16m');
      const renewal = await open(sessions, old);
      const renewed = tokenIn(setCookies(await sessions.commit(renewal)));
      const both = order === 'old first' ? [old, renewed] : [renewed, old];
      for (let minute = 0; minute < 14; minute++) {
        const session = await open(sessions, ...both);
        session.increment('n');
        expect(session.userId).toBe('ada');
        expect(setCookies(await sessions.commit(session))).toEqual([]);
        clock.advance('1m');
      }
      expect(events).toEqual([]);
      // The token that is due next is sent, although the old cookie stays behind.
      clock.advance('2m');
      const next = await open(sessions, ...both);
      expect(tokenIn(setCookies(await sessions.commit(next)))).not.toBe('');
      expect(next.get('n')).toBe(15);
    },
  );

  test('a dead token beside a live one is no obstacle', async () => {
    const { sessions, events } = setUp();
    const dead = await loggedIn(sessions, 'ada');
    const moving = await open(sessions, dead);
    await moving.regenerate();
    const live = tokenIn(setCookies(await sessions.commit(moving)));
    for (const both of [
      [dead, live],
      [live, dead],
    ])
      expect((await open(sessions, ...both)).userId).toBe('ada');
    expect(events).toEqual([]);
  });

  test('a replayed token beside that of another session ends its own session only', async () => {
    const { sessions, clock, events } = setUp({ rotateAfter: '15m' });
    const old = await loggedIn(sessions, 'eve');
    clock.advance('16m');
    const renewed = tokenIn(setCookies(await sessions.commit(await open(sessions, old))));
    await sessions.commit(await open(sessions, renewed));
    clock.advance('1m');
    const other = await loggedIn(sessions, 'ada');
    expect((await open(sessions, old, other)).userId).toBe('ada');
    expect((await open(sessions, renewed)).isNew).toBe(true);
    expect(events).toEqual(['replayed', 'gone']);
  });
});

describe('S-14 two cookies that lead to different sessions', () => {
  test('are neither of them, with an event, and nothing of either is shown', async () => {
    const { sessions, store, events } = setUp();
    const [ada, eve] = [await loggedIn(sessions, 'ada'), await loggedIn(sessions, 'eve')];
    const session = await open(sessions, ada, eve);
    expect([session.isNew, session.userId, session.all()]).toEqual([true, undefined, {}]);
    expect(setCookies(await sessions.commit(session))).toEqual([]);
    expect([events, await store.count?.()]).toEqual([['duplicate'], 2]);
  });

  test('the next login ends both, and clears the cookie that the attributes can clear', async () => {
    const { sessions, store } = setUp({ cookie: { name: 'sid', domain: 'shop.example' } });
    const [ada, eve] = [await loggedIn(sessions, 'ada'), await loggedIn(sessions, 'eve')];
    const ended: string[] = [];
    sessions.on('ended', ({ reason }) => ended.push(reason));
    const session = await open(sessions, ada, eve);
    expect(await session.login('ada')).toBe('created');
    const cookies = setCookies(await sessions.commit(session));
    const cleared = cookies.filter((cookie) => cookie.includes('Max-Age=0'));
    // The one that the host set for itself, before the option `domain` came.
    expect(cleared.some((cookie) => !cookie.includes('Domain='))).toBe(true);
    const token = tokenIn(cookies);
    expect((await open(sessions, token)).userId).toBe('ada');
    for (const old of [ada, eve]) expect((await open(sessions, old)).isNew).toBe(true);
    expect([ended, await store.count?.()]).toEqual([['replaced', 'replaced'], 1]);
  });

  test('a cookie that a request before the login set stays behind and harms nobody', async () => {
    const { sessions, clock } = setUp({ rotateAfter: '15m' });
    const [ada, eve] = [await loggedIn(sessions, 'ada'), await loggedIn(sessions, 'eve')];
    const session = await open(sessions, ada, eve);
    await session.login('ada');
    let token = tokenIn(setCookies(await sessions.commit(session)));
    for (let minute = 0; minute < 40; minute++) {
      clock.advance('1m');
      const next = await open(sessions, ada, token);
      expect(next.userId).toBe('ada');
      token = tokenIn(setCookies(await sessions.commit(next))) || token;
    }
  });
});
