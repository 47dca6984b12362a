import { describe, expect, test } from 'vitest';
import { type Answer, createSessions, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { sentToken, visits } from './visits.js';

interface Data {
  views: number;
  a: number;
  b: number;
}

describe('what a commit comes to', () => {
  test('created, updated, unchanged, touched, regenerated, destroyed, gone', async () => {
    const { sessions, open, clock, other } = visits<Data>();
    const first = await open('');
    const token = sentToken(await sessions.commit(first.set('views', 1))) ?? '';
    const outcomes: string[] = [first.outcome];
    for (const step of ['change', 'read', 'wait', 'regenerate'] as const) {
      const session = await open(token);
      if (step === 'change') session.set('views', 2);
      if (step === 'wait') clock.advance('2m');
      if (step === 'regenerate') await session.regenerate();
      await sessions.commit(session);
      outcomes.push(session.outcome);
      if (step !== 'regenerate') continue;
      const late = await open(token, other);
      expect(late.isNew).toBe(true);
      const lost = await other.open({ 'x-session': '' });
      await lost.destroy();
      outcomes.push(lost.outcome);
    }
    expect(outcomes).toEqual([
      'created',
      'updated',
      'unchanged',
      'touched',
      'regenerated',
      'destroyed',
    ]);
  });

  test('V-01 a request that was under way loses its change to a logout, with an event', async () => {
    const { sessions, open, visit, found, store } = visits<Data>();
    const gone: string[] = [];
    sessions.on('gone', ({ id }) => gone.push(id));
    const token = await visit('', (session) => session.set('views', 1));
    const slow = await open(token);
    const { id } = slow;
    await visit(token, (session) => session.logout());
    expect(sentToken(await sessions.commit(slow.set('views', 2)))).toBeUndefined();
    expect([slow.outcome, gone, await found(token), await store.count?.()]).toEqual([
      'gone',
      [id],
      undefined,
      0,
    ]);
  });

  test('V-02 S-12 a login takes along what other servers stored before it, and nobody gets the old token back', async () => {
    const { open, other, sessions, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 0));
    const login = await open(token);
    const [early, late] = [await open(token, other), await open(token, other)];
    await other.commit(early.set('a', 1));
    await login.increment('views');
    expect(await login.login('ada')).toBe('regenerated');
    const next = sentToken(await sessions.commit(login)) ?? '';
    expect(sentToken(await other.commit(late.set('b', 1)))).toBeUndefined();
    expect([late.outcome, await found(token), await found(next)]).toEqual([
      'gone',
      undefined,
      { views: 1, a: 1 },
    ]);
  });

  test('V-03 two logins at once give two sessions, and nothing of one is in the other', async () => {
    const { open, other, sessions, visit, found, store } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 0));
    const [one, two] = [await open(token), await open(token, other)];
    one.set('a', 1);
    two.set('b', 1);
    expect(await one.login('ada')).toBe('regenerated');
    expect(await two.login('eve')).toBe('created');
    const first = sentToken(await sessions.commit(one)) ?? '';
    const second = sentToken(await other.commit(two)) ?? '';
    expect([one.userId, two.userId, one.handle === two.handle]).toEqual(['ada', 'eve', false]);
    expect(await found(first)).toEqual({ views: 0, a: 1 });
    expect(await found(second)).toEqual({ views: 0, b: 1 });
    expect(await found(token)).toBeUndefined();
    expect(await store.count?.()).toBe(2);
  });

  test('a commit that fails names the store and the way out, and is final for its request', async () => {
    const { sessions, visit, open, found, setDown } = failing();
    const token = await visit('', (session) => session.set('views', 1));
    const session = await open(token);
    session.increment('views');
    setDown(true);
    await expect(session.save()).rejects.toMatchObject({
      code: 'store-failed',
      status: 503,
      cause: { message: 'no route' },
    });
    setDown(false);
    expect(() => session.increment('views')).toThrow(
      expect.objectContaining({
        code: 'commit-failed',
        cause: expect.objectContaining({ code: 'store-failed' }),
      }),
    );
    await expect(sessions.commit(session)).rejects.toMatchObject({ code: 'store-failed' });
    expect(await found(token)).toEqual({ views: 1 });
  });
});

/** Sessions in a store whose updates can be made to fail. */
function failing() {
  let isDown = false;
  const setUp = visits<Data>({}, (store) => ({
    ...store,
    update: (...call) => (isDown ? Promise.reject(new Error('no route')) : store.update(...call)),
  }));
  return {
    ...setUp,
    setDown(down: boolean) {
      isDown = down;
    },
  };
}

describe('commits at once', () => {
  test.for([1, 2])('V-02 1,000 increments of %i servers are all there', async (servers) => {
    const { sessions, other, open, visit, found } = visits<Data>({ storeTimeout: '30s' });
    const token = await visit('', (session) => session.set('views', 0));
    await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const server = index % servers === 0 ? sessions : other;
        const session = await open(token, server);
        session.increment('views');
        await server.commit(session);
      }),
    );
    expect(await found(token)).toEqual({ views: 1000 });
  });

  test('changes that a handler makes while a save is under way are stored too', async () => {
    const { sessions, open, visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 0));
    const session = await open(token);
    session.increment('views');
    const saved = session.save();
    session.increment('views').toFixed();
    await saved;
    session.increment('views');
    await sessions.commit(session);
    expect(await found(token)).toEqual({ views: 3 });
  });
});

describe('S-15 renewal beside a cookie that is sent again with each touch', () => {
  function cookieOf({ headers }: Answer): string | undefined {
    return headers.find(([name]) => name === 'Set-Cookie')?.[1].split(';')[0];
  }

  test.for(['a change', 'a touch'] as const)(
    'a slow request with %s does not send the old token again',
    async (kind) => {
      const clock = manualClock();
      const store = memoryStore({ now: clock.now });
      const sessions: Sessions<Data> = createSessions<Data>({
        store,
        now: clock.now,
        rotateAfter: '15m',
        cookie: { persistent: true },
      });
      const first = await sessions.open({}, { secure: true });
      const old = cookieOf(await sessions.commit(first.set('views', 0)));
      clock.advance('20m');
      const slow = await sessions.open({ cookie: old }, { secure: true });
      if (kind === 'a change') slow.increment('views');
      const fast = await sessions.open({ cookie: old }, { secure: true });
      const renewed = cookieOf(await sessions.commit(fast));
      expect(renewed).not.toBe(old);
      expect(cookieOf(await sessions.commit(slow))).toBeUndefined();
    },
  );
});
