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
    expect(setCookies({ headers })[0]).toMatch(/Max-Age=0/);
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
    expect(setCookies({ headers })).toHaveLength(1);
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
