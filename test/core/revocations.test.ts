import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type CookieSessionsOptions,
  cookieSessions,
  createSessions,
  type SessionOptions,
  type SessionStore,
  type Sessions,
} from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { setCookies, Visitor } from '../visitor.js';

interface Data {
  a: number;
  user: string;
  text: string;
}

const secret = randomBytes(32).toString('base64url');

function sealedIn(
  options: CookieSessionsOptions = {},
  rest: Omit<SessionOptions, 'store'> = {},
): Sessions<Data> {
  return createSessions<Data>({ store: cookieSessions(options), secret, ...rest });
}

/** A server with a list of revocations, and a clock. */
function revoking(
  wrap: (store: SessionStore) => SessionStore = (store) => store,
  rest: Omit<SessionOptions, 'store'> = {},
) {
  const clock = manualClock();
  const list = memoryStore({ now: clock.now });
  const serve = (): Sessions<Data> =>
    sealedIn({ revocations: wrap(list) }, { now: clock.now, ...rest });
  return { clock, list, sessions: serve(), serve };
}

async function signedIn(sessions: Sessions<Data>, userId = 'alice'): Promise<Visitor<Data>> {
  const visitor = new Visitor(sessions);
  await visitor.visit((session) => session.login(userId));
  return visitor;
}

describe('revocations', () => {
  test.each(['logout', 'destroy', 'invalidate'] as const)(
    'V-05 after %s a copy of the cookie is anonymous, on every server',
    async (verb) => {
      const { sessions, serve } = revoking();
      const visitor = await signedIn(sessions);
      const copy = new Visitor(serve(), visitor.cookie);
      await visitor.visit((session) => session[verb]());
      expect((await visitor.clone().open()).isNew).toBe(true);
      expect((await copy.open()).isNew).toBe(true);
    },
  );

  test.each(['regenerate', 'login'] as const)(
    'V-03 V-05 after %s the old token is dead and the new one works',
    async (verb) => {
      const { sessions } = revoking();
      const visitor = new Visitor(sessions);
      await visitor.visit((session) => session.set('a', 1));
      const old = visitor.clone();
      await visitor.visit((session) =>
        verb === 'login' ? session.login('alice') : session.regenerate(),
      );
      expect((await old.open()).isNew).toBe(true);
      expect((await visitor.open()).get('a')).toBe(1);
    },
  );

  test('CONTRACTS 2.3 2.4 a slow request on a session that ended loses its change, is told so, and sends no cookie', async () => {
    for (const verb of ['destroy', 'regenerate'] as const) {
      const { sessions, clock } = revoking();
      const visitor = await signedIn(sessions);
      const writing = await visitor.clone().open();
      clock.advance('10m');
      const reading = await visitor.clone().open();
      const leaving = await visitor.clone().open();
      await visitor.visit((session) => session[verb]());
      writing.set('a', 2);
      expect(setCookies(await sessions.commit(writing))).toEqual([]);
      expect(writing.outcome).toBe('gone');
      expect(setCookies(await sessions.commit(reading))).toEqual([]);
      expect(reading.outcome).toBe('gone');
      expect(await leaving.logout()).toBe('gone');
    }
  });

  test('sessions.destroy ends a session by its id, and each of its copies', async () => {
    const { sessions } = revoking();
    const visitor = await signedIn(sessions);
    const { id } = await visitor.open();
    expect(await sessions.destroy(id)).toBe(true);
    expect(await sessions.destroy(id)).toBe(false);
    expect((await visitor.open()).isNew).toBe(true);
  });

  test("V-05 sessions.destroyUser ends the user's sessions, and nobody else's", async () => {
    const { sessions, clock } = revoking();
    const [phone, laptop, bob] = [
      await signedIn(sessions),
      await signedIn(sessions),
      await signedIn(sessions, 'bob'),
    ];
    clock.advance(1);
    await sessions.destroyUser('alice');
    expect((await phone.open()).isNew).toBe(true);
    expect((await laptop.open()).isNew).toBe(true);
    expect((await bob.open()).userId).toBe('bob');
    // Again, later: what began in between ends too.
    const again = await signedIn(sessions);
    clock.advance(1);
    await sessions.destroyUser('alice');
    expect((await again.open()).isNew).toBe(true);
  });

  test('a login right after destroyUser holds, and changes do not make an old session younger', async () => {
    const { sessions, clock } = revoking();
    const visitor = await signedIn(sessions);
    const thief = visitor.clone();
    clock.advance('5m');
    await thief.visit((session) => session.set('a', 1));
    const slow = await thief.clone().open();
    await visitor.visit(async (session) => {
      await sessions.destroyUser('alice');
      await session.login('alice');
    });
    expect((await visitor.open()).userId).toBe('alice');
    expect((await thief.open()).isNew).toBe(true);
    slow.set('a', 2);
    await sessions.commit(slow);
    expect(slow.outcome).toBe('gone');
  });

  test('destroyUser at once from many servers leaves one record of the user, the latest', async () => {
    const { sessions, serve, list, clock } = revoking();
    const visitor = await signedIn(sessions);
    clock.advance(1);
    await Promise.all(Array.from({ length: 20 }, () => serve().destroyUser('alice')));
    expect(await list.count!()).toBe(1);
    expect((await visitor.open()).isNew).toBe(true);
  });

  test('destroyUser with except is unsupported, as are the verbs that read', async () => {
    const { sessions } = revoking();
    await expect(sessions.destroyUser('alice', { except: 'id' })).rejects.toMatchObject({
      code: 'unsupported',
    });
    for (const verb of ['read', 'ofUser', 'destroyAll'] as const) {
      await expect(sessions[verb]('alice')).rejects.toMatchObject({ code: 'unsupported' });
    }
  });

  test('a revocation lasts as long as any session can, then prune sweeps it', async () => {
    const { sessions, list, clock } = revoking(undefined, { idleTimeout: '3d', lifetime: '3d' });
    const visitor = await signedIn(sessions);
    const copy = visitor.clone();
    await visitor.visit((session) => session.logout());
    clock.advance(3 * 86_400_000 - 1);
    expect((await copy.open()).isNew).toBe(true);
    expect(await list.count!()).toBe(1);
    clock.advance('30d');
    expect(await sessions.prune()).toBe(0);
    clock.advance('400d');
    expect(await sessions.prune()).toBe(1);
    expect((await copy.open()).isNew).toBe(true);
  });

  test('S-41 a token that does not open never reaches the list', async () => {
    const reads: string[] = [];
    const { sessions } = revoking((list) => ({
      ...list,
      read(id) {
        reads.push(id);
        return list.read(id);
      },
    }));
    const forged = await signedIn(
      createSessions<Data>({ store: cookieSessions(), secret: randomBytes(32).toString('hex') }),
    );
    expect((await new Visitor(sessions, forged.cookie).open()).isNew).toBe(true);
    expect(reads).toEqual([]);
  });

  test('the list holds neither tokens nor user ids', async () => {
    const { sessions, list } = revoking();
    const visitor = await signedIn(sessions);
    const { token } = visitor;
    await visitor.visit((session) => session.logout());
    await sessions.destroyUser('alice');
    const { entries } = await list.list!({ limit: 10 });
    expect(entries).toHaveLength(2);
    expect(JSON.stringify(entries)).not.toMatch(new RegExp(`alice|${token.slice(0, 40)}`));
  });

  describe('V-24 a list that is down', () => {
    const down = { isDown: false };
    const failing = (list: SessionStore): SessionStore => ({
      ...list,
      read: (id) => (down.isDown ? Promise.reject(new Error('connection refused')) : list.read(id)),
      create: (id, record) =>
        down.isDown ? Promise.reject(new Error('connection refused')) : list.create(id, record),
    });

    test.for(['fail', 'anonymous'] as const)(
      'hands out no session (onStoreError: %s), and no logout is confirmed',
      async (onStoreError) => {
        down.isDown = false;
        const { sessions } = revoking(failing, { onStoreError });
        const visitor = await signedIn(sessions);
        const leaving = await visitor.open();
        down.isDown = true;
        if (onStoreError === 'fail')
          await expect(visitor.open()).rejects.toMatchObject({ code: 'store-failed', status: 503 });
        else expect(await visitor.open()).toMatchObject({ isReadOnly: true, userId: undefined });
        await expect(leaving.logout()).rejects.toMatchObject({ code: 'store-failed' });
        await expect(sessions.commit(leaving)).rejects.toMatchObject({ code: 'store-failed' });
      },
    );

    test('stalled: the deadline holds', async () => {
      let isStalled = false;
      const stalling = (list: SessionStore): SessionStore => ({
        ...list,
        read: (id) => (isStalled ? new Promise(() => undefined) : list.read(id)),
      });
      const { sessions } = revoking(stalling, { storeTimeout: 200 });
      const visitor = await signedIn(sessions);
      isStalled = true;
      await expect(visitor.open()).rejects.toMatchObject({ code: 'store-timeout' });
    });
  });
});
