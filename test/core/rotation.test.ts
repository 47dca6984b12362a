import { describe, expect, test } from 'vitest';
import { createSessions, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';

interface Data {
  views: number;
  name: string;
}

function setUp() {
  const clock = manualClock();
  const store = memoryStore({ now: clock.now });
  const sessions = createSessions<Data>({
    store,
    now: clock.now,
    rotateAfter: '15m',
    rotationOverlap: '30s',
  });
  return { clock, store, sessions };
}

/** One request with a cookie; gives the cookie that the client has afterwards. */
async function visit(
  sessions: Sessions<Data>,
  cookie: string | undefined,
  handler: (session: Awaited<ReturnType<Sessions<Data>['open']>>) => unknown = () => undefined,
): Promise<{ cookie: string | undefined; isNew: boolean; views: number | undefined }> {
  const session = await sessions.open({ cookie }, { secure: true });
  const { isNew } = session;
  await handler(session);
  const headers = (await sessions.commit(session)).headers;
  const sent = headers.find(([name]) => name === 'Set-Cookie')?.[1].split(';')[0];
  return { cookie: sent ?? cookie, isNew, views: session.get('views') };
}

describe('S-15 renewal of the token on a timer', () => {
  test('a token is renewed when it is old enough, and not before', async () => {
    const { clock, sessions } = setUp();
    const first = await visit(sessions, undefined, (session) => session.set('views', 1));
    clock.advance('14m');
    expect((await visit(sessions, first.cookie)).cookie).toBe(first.cookie);
    clock.advance('1m');
    const second = await visit(sessions, first.cookie);
    expect(second.cookie).not.toBe(first.cookie);
    expect(await visit(sessions, second.cookie)).toMatchObject({
      isNew: false,
      views: 1,
      cookie: second.cookie,
    });
  });

  test('the old token works until the overlap after the first use of the new one has passed', async () => {
    const { clock, sessions } = setUp();
    const old = (await visit(sessions, undefined, (session) => session.set('views', 1))).cookie;
    clock.advance('15m');
    const renewed = (await visit(sessions, old)).cookie;
    clock.advance('10m');
    // The client did not get the answer: the old token still works, and its changes reach the
    // session.
    expect(await visit(sessions, old, (session) => session.increment('views'))).toMatchObject({
      isNew: false,
      cookie: old,
    });
    expect(await visit(sessions, renewed)).toMatchObject({ isNew: false, views: 2 });
    clock.advance('30s');
    expect(await visit(sessions, old)).toMatchObject({ isNew: false, views: 2 });
  });

  test('a replay after the overlap ends the session and is reported', async () => {
    const { clock, sessions, store } = setUp();
    const replayed: string[] = [];
    sessions.on('replayed', ({ id }) => replayed.push(id));
    const old = (await visit(sessions, undefined, (session) => session.set('views', 1))).cookie;
    clock.advance('15m');
    const renewed = (await visit(sessions, old)).cookie;
    await visit(sessions, renewed);
    clock.advance(30_001);
    expect(await visit(sessions, old)).toMatchObject({ isNew: true });
    expect(replayed).toHaveLength(1);
    expect(await visit(sessions, renewed)).toMatchObject({ isNew: true });
    expect(await store.count?.()).toBe(0);
  });

  test('requests under way during a renewal lose nothing, and only one answer carries a token', async () => {
    const { clock, sessions } = setUp();
    const old = (await visit(sessions, undefined, (session) => session.set('views', 0))).cookie;
    clock.advance('15m');
    const opened = await Promise.all(
      Array.from({ length: 50 }, () => sessions.open({ cookie: old }, { secure: true })),
    );
    const sent: string[] = [];
    await Promise.all(
      opened.map(async (session) => {
        session.increment('views');
        for (const [name, value] of (await sessions.commit(session)).headers)
          if (name === 'Set-Cookie') sent.push(value.split(';')[0] ?? '');
      }),
    );
    expect(sent).toHaveLength(1);
    expect(await visit(sessions, sent[0])).toMatchObject({ isNew: false, views: 50 });
  });

  test('a logout with the old token ends the renewed session too', async () => {
    const { clock, sessions, store } = setUp();
    const old = (await visit(sessions, undefined, (session) => session.set('views', 1))).cookie;
    clock.advance('15m');
    const late = await sessions.open({ cookie: old }, { secure: true });
    const renewed = (await visit(sessions, old)).cookie;
    await late.logout();
    await sessions.commit(late);
    expect(await visit(sessions, renewed)).toMatchObject({ isNew: true });
    expect(await store.count?.()).toBe(0);
  });

  test('a record that no present secret opens can be destroyed', async () => {
    const { clock, store } = setUp();
    const made = { store, now: clock.now, rotateAfter: '15m', encrypt: true } as const;
    const before = createSessions<Data>({
      ...made,
      secret: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi',
    });
    const session = await before.open({}, { secure: true });
    session.set('views', 1);
    await before.commit(session);
    const after = createSessions<Data>({ ...made, secret: 'Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTif3Jq8' });
    expect(await after.destroy(session.id)).toBe(true);
    expect(await store.read(session.id)).toBeUndefined();
    expect(await after.destroy(session.id)).toBe(false);
  });

  test('a client that never took its new token is offered another one, and ends with its idle deadline', async () => {
    const { clock, sessions } = setUp();
    const old = (await visit(sessions, undefined, (session) => session.set('views', 1))).cookie;
    const tokens = new Set<string | undefined>();
    for (let round = 0; round < 3; round++) {
      clock.advance('15m');
      const { cookie, isNew } = await visit(sessions, old);
      expect(isNew).toBe(false);
      tokens.add(cookie);
    }
    expect(tokens.size).toBe(3);
    expect(await visit(sessions, [...tokens].at(-1))).toMatchObject({ isNew: false, views: 1 });
  });
});

describe('S-15 a client that does not take its new token', () => {
  test('goes on with the old one for as long as it is active, however long that is', async () => {
    const { clock, sessions, store } = setUp();
    const old = (await visit(sessions, undefined, (session) => session.set('views', 0))).cookie;
    for (let hour = 0; hour < 100; hour++) {
      clock.advance('1h');
      expect(await visit(sessions, old, (session) => session.increment('views'))).toMatchObject({
        isNew: false,
        views: hour + 1,
      });
    }
    expect(await store.count?.()).toBeLessThan(10);
    clock.advance('3h');
    expect(await visit(sessions, old)).toMatchObject({ isNew: true });
  });
});
