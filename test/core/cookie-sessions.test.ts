import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type CookieSessionsOptions,
  cookieSessions,
  createSessions,
  headerTransport,
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

describe('sealed sessions', () => {
  test('S-40 V-09 a token opens under its own cookie or header name only', async () => {
    const visitor = new Visitor(sealedIn({}, { cookie: { name: '__Host-shop' } }));
    await visitor.visit((session) => session.set('a', 1));
    expect((await visitor.open()).get('a')).toBe(1);
    const admin = sealedIn({}, { cookie: { name: '__Host-admin' } });
    expect((await new Visitor(admin, `__Host-admin=${visitor.token}`).open()).isNew).toBe(true);
    const header = sealedIn({}, { transport: headerTransport('x-shop') });
    expect((await header.open({ 'x-shop': visitor.token })).isNew).toBe(true);
  });

  test('a change after the response cannot reach the client, and says so in production too', async () => {
    const { session } = await new Visitor(sealedIn()).visit((session) => session.set('a', 1));
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(() => session.set('a', 2)).toThrow(expect.objectContaining({ code: 'too-late' }));
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  test('S-13 V-05 without revocations a copy works until the deadline inside the seal, and no longer', async () => {
    const clock = manualClock();
    const sessions = sealedIn({}, { now: clock.now, idleTimeout: '1h', lifetime: '2h' });
    const visitor = await signedIn(sessions);
    const copy = visitor.clone();
    const { headers } = await visitor.visit((session) => session.logout());
    expect(setCookies(headers)[0]).toMatch(/Max-Age=0/);
    expect((await copy.open()).userId).toBe('alice');
    clock.advance('64m');
    expect((await copy.open()).isNew).toBe(true);
  });

  test.each(['read', 'destroy', 'ofUser', 'destroyUser', 'destroyAll', 'prune'] as const)(
    'without a store %s is unsupported',
    async (verb) => {
      await expect(sealedIn()[verb]('alice')).rejects.toMatchObject({ code: 'unsupported' });
    },
  );

  test.each([
    ['no secret', { secret: undefined }, /secret is missing/],
    ['encrypt', { encrypt: true }, /always encrypts/],
    ['rotateAfter', { rotateAfter: '1h' }, /needs a store/],
  ] satisfies [string, Omit<SessionOptions, 'store'>, RegExp][])(
    '%s is refused',
    (_name, rest, message) => {
      expect(() => sealedIn({}, rest)).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: expect.stringMatching(message),
        }),
      );
    },
  );

  test('revocations that are no store are refused', () => {
    expect(() => cookieSessions({ revocations: {} as SessionStore })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

describe('what does not fit into one cookie', () => {
  const noise = (length: number): string => randomBytes(length).toString('base64').slice(0, length);

  test('goes on in a second one, which is taken away when it is not needed any more', async () => {
    const visitor = new Visitor(sealedIn());
    const long = await visitor.open();
    long.set('text', noise(4500));
    const chunks = setCookies(await visitor.answer(long)).map(
      (cookie) => cookie.split(';')[0] ?? '',
    );
    expect(chunks).toHaveLength(2);
    for (const chunk of chunks) expect(chunk.length - 1).toBeLessThanOrEqual(4096);
    visitor.cookie = chunks.join('; ');
    const short = await visitor.open();
    expect(short.get('text')).toHaveLength(4500);
    short.set('text', 'short');
    const [first, second] = setCookies(await visitor.answer(short));
    expect(first).not.toContain('Max-Age=0');
    expect(second).toMatch(new RegExp(`^${chunks[1]?.split('=')[0]}=;.*Max-Age=0`));
  });

  test('V-05 a logout takes both away', async () => {
    const visitor = new Visitor(sealedIn());
    const long = await visitor.open();
    long.set('text', noise(4500));
    visitor.cookie = setCookies(await visitor.answer(long))
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
    const leaving = await visitor.open();
    await leaving.logout();
    expect(
      setCookies(await visitor.answer(leaving)).filter((cookie) => cookie.includes('Max-Age=0')),
    ).toHaveLength(2);
  });

  test('and not into two, is an error that says how long it is and what to do', async () => {
    const session = await sealedIn().open({}, { secure: true });
    session.set('text', noise(10_000));
    const commit = new Visitor(sealedIn()).answer(session);
    await expect(commit).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/1\d{4} characters.*limit.*store/),
    });
  });
});

describe('compress', () => {
  const letters = 'All work and no play makes a dull session. '.repeat(500);

  test('a long session fits that did not', async () => {
    await expect(
      new Visitor(sealedIn()).visit((session) => session.set('text', letters)),
    ).rejects.toMatchObject({
      code: 'too-large',
    });
    const visitor = new Visitor(sealedIn({ compress: true }));
    const { headers } = await visitor.visit((session) => session.set('text', letters));
    expect(setCookies(headers)).toHaveLength(1);
    expect((await visitor.open()).get('text')).toBe(letters);
  });

  test('turning it on or off ends no session', async () => {
    for (const compress of [true, false]) {
      const visitor = new Visitor(sealedIn({ compress }));
      await visitor.visit((session) => session.set('text', letters.slice(0, 2000)));
      const turned = new Visitor(sealedIn({ compress: !compress }), visitor.cookie);
      expect((await turned.open()).get('text')).toHaveLength(2000);
    }
  });
});

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

  test('a revocation lasts as long as the session could, then prune sweeps it', async () => {
    const { sessions, list, clock } = revoking(undefined, { idleTimeout: '3d', lifetime: '3d' });
    const visitor = await signedIn(sessions);
    const copy = visitor.clone();
    await visitor.visit((session) => session.logout());
    clock.advance(3 * 86_400_000 - 1);
    expect((await copy.open()).isNew).toBe(true);
    expect(await list.count!()).toBe(1);
    clock.advance(1);
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
    await sessions.destroyUser('alice');
    await visitor.visit((session) => session.logout());
    const entries: unknown[] = [];
    for await (const entry of list.list!()) entries.push(entry);
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
      const stalled = (list: SessionStore): SessionStore => ({
        ...list,
        read: () => new Promise(() => undefined),
      });
      const { sessions } = revoking(stalled, { storeTimeout: 20 });
      const visitor = await signedIn(sessions);
      await expect(visitor.open()).rejects.toMatchObject({ code: 'store-timeout' });
    });
  });
});
