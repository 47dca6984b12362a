import { describe, expect, test } from 'vitest';
import { createSessions, type Sessions } from '../../src/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
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
    await visit(token, (session) => session.logout());
    expect(sentToken(await sessions.commit(slow.set('views', 2)))).toBeUndefined();
    expect([slow.outcome, gone, await found(token), await store.count?.()]).toEqual([
      'gone',
      [slow.id],
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

  test('two logins at once: one wins, and the other request fails instead of answering for nobody', async () => {
    const { open, other, sessions, visit, store } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 0));
    const [one, two] = [await open(token), await open(token, other)];
    expect(await one.login('ada')).toBe('regenerated');
    await expect(two.login('eve')).rejects.toMatchObject({ code: 'conflict' });
    await expect(other.commit(two)).rejects.toMatchObject({ code: 'conflict' });
    expect(sentToken(await sessions.commit(one))).toHaveLength(43);
    expect(await store.count?.()).toBe(1);
  });

  test('a commit that fails names the store and the way out, and the change is kept for another try', async () => {
    const store: SessionStore = memoryStore();
    let isDown = false;
    const sessions = createSessions<Data>({
      store: {
        ...store,
        update: (...call) =>
          isDown ? Promise.reject(new Error('no route')) : store.update(...call),
      },
    });
    const first = await sessions.open({}, { secure: true });
    const [, cookie = ''] =
      (await sessions.commit(first.set('views', 1))).find(([name]) => name === 'Set-Cookie') ?? [];
    const session = await sessions.open({ cookie: cookie.split(';')[0] }, { secure: true });
    session.increment('views');
    isDown = true;
    await expect(session.save()).rejects.toMatchObject({
      code: 'store-failed',
      status: 503,
      cause: { message: 'no route' },
    });
    isDown = false;
    await sessions.commit(session);
    const snapshot = await sessions.read(session.id);
    expect({ ...snapshot?.data }).toEqual({ views: 2 });
  });
});

describe('commits at once', () => {
  test.for([1, 2])('V-02 1,000 increments of %i servers are all there', async (servers) => {
    const { sessions, other, open, visit, found } = visits<Data>();
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
  function cookieOf(headers: readonly (readonly [string, string])[]): string | undefined {
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
