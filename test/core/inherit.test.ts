import { describe, expect, test } from 'vitest';
import {
  cookieSessions,
  createSessions,
  headerTransport,
  isMoved,
  type Predecessor,
  type PredecessorCookie,
  predecessor,
  type Session,
  type SessionOptions,
  type SessionStore,
  type Sessions,
} from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { setCookies } from '../visitor.js';

const SECRET = 'q7Yx2LmPz0Vb5Ns9Rt4Wk8Hd3Jf6Gc1A';
const HOUR = 3_600_000;
const ROUNDS = process.env.SOJOURN_LONG === '1' ? 5000 : 200;

interface Data {
  user?: string;
  cart?: string[];
  views?: number;
  note?: string;
}

/** A system of old: its cookie is the id of a session in a map. */
class Old {
  readonly sessions = new Map<string, Data>();
  readonly clock = manualClock();
  expiresAt: number | undefined;
  reads = 0;
  /** Whether a session stays when it was taken over, as one that is its cookie does. */
  isKept = false;
  flash: Record<string, unknown> = {};
  readonly cookie: PredecessorCookie;

  constructor(cookie: PredecessorCookie = { name: 'old' }) {
    this.cookie = cookie;
  }

  predecessor(before: () => Promise<void> = async () => undefined): Predecessor {
    return predecessor<Data>({
      name: 'old-sessions',
      cookie: this.cookie,
      userId: ({ user }) => user,
      verify: (value) => {
        if (!value.startsWith('signed-')) return undefined;
        return {
          key: value,
          read: async () => {
            this.reads++;
            await before();
            const data = this.sessions.get(value);
            return data && { data, flash: this.flash, expiresAt: this.expiresAt };
          },
          end: async () => this.isKept || this.sessions.delete(value),
        };
      },
    });
  }

  server(options: SessionOptions): Sessions<Data> {
    return createSessions<Data>({
      now: this.clock.now,
      inherit: [this.predecessor()],
      ...options,
    });
  }
}

/** A browser: a map of cookies, which an answer changes. */
class Browser {
  readonly jar = new Map<string, string>();

  constructor(cookies: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(cookies)) this.jar.set(name, value);
  }

  get header(): string | undefined {
    const pairs = [...this.jar].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }

  open(sessions: Sessions<Data>, readOnly = false): Promise<Session<Data>> {
    return sessions.open({ cookie: this.header }, { secure: true }, { readOnly });
  }

  receive(cookies: readonly string[]): string[] {
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (cookie.includes('Max-Age=0')) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    return [...cookies];
  }

  async visit(
    sessions: Sessions<Data>,
    handler: (session: Session<Data>) => unknown = () => undefined,
  ): Promise<{ session: Session<Data>; cookies: string[]; result: unknown }> {
    const session = await this.open(sessions);
    const result = await handler(session);
    const answer = sessions.answerNow(session) ?? (await sessions.commit(session));
    return { session, cookies: this.receive(setCookies(answer)), result };
  }
}

function setUp(options: Partial<SessionOptions> = {}, cookie?: PredecessorCookie) {
  const old = new Old(cookie);
  old.sessions.set('signed-1', { user: 'ada', cart: ['tea'] });
  const store: SessionOptions['store'] = options.store ?? memoryStore({ now: old.clock.now });
  const sessions = old.server({ ...options, store });
  const { name } = old.cookie;
  return {
    old,
    store: store as SessionStore,
    sessions,
    browser: new Browser({ [name]: 'signed-1' }),
  };
}

const sealed = (revocations?: SessionStore): Partial<SessionOptions> => ({
  store: cookieSessions({ revocations }),
  secret: SECRET,
});

/** Kept for longer than any test, whatever its clock says. */
const revocations = (): SessionStore => memoryStore({ now: () => 0 });

const PLACES = [
  { place: 'a store', options: () => ({}) },
  { place: 'a store, encrypted', options: () => ({ secret: SECRET, encrypt: true }) },
  { place: 'sealed cookies', options: () => sealed() },
  { place: 'sealed cookies with revocations', options: () => sealed(revocations()) },
];

describe.each(PLACES)('sessions in $place', ({ options }) => {
  test('a visitor stays, with data and user; the old cookie goes in the same answer', async () => {
    const { sessions, browser, old } = setUp(options());
    const { session, cookies } = await browser.visit(sessions);
    expect(session.toJSON()).toMatchObject({ userId: 'ada', data: { cart: ['tea'] } });
    expect(cookies).toHaveLength(2);
    expect([...browser.jar.keys()]).toEqual(['__Host-sid']);
    expect(old.sessions.size).toBe(0);

    const again = await browser.visit(sessions, (later) => later.push('cart', 'milk'));
    expect(again.session.userId).toBe('ada');
    expect((await browser.open(sessions)).get('cart')).toEqual(['tea', 'milk']);
  });

  test('changes of the first request are kept', async () => {
    const { sessions, browser } = setUp(options());
    await browser.visit(sessions, (session) => session.increment('views'));
    expect((await browser.open(sessions)).all()).toMatchObject({ views: 1, user: 'ada' });
  });

  test('flash of the old system is shown once', async () => {
    const { old, sessions, browser } = setUp(options());
    old.flash = { note: 'Saved' };
    await browser.visit(sessions);
    const note = (): Promise<unknown> =>
      browser.visit(sessions, (session) => session.get('note')).then(({ result }) => result);
    expect([await note(), await note()]).toEqual(['Saved', undefined]);

    const first = setUp(options());
    first.old.flash = { note: 'Saved' };
    await first.browser.visit(first.sessions, (session) => session.get('note'));
    const { session } = await first.browser.visit(first.sessions);
    expect([session.get('note'), session.get('cart')]).toEqual([undefined, ['tea']]);
  });

  test('a login and a logout in the first request', async () => {
    const first = setUp(options());
    await first.browser.visit(first.sessions, (session) => session.login('eve'));
    expect((await first.browser.open(first.sessions)).userId).toBe('eve');
    expect([...first.browser.jar.keys()]).toEqual(['__Host-sid']);

    const second = setUp(options());
    await second.browser.visit(second.sessions, (session) => session.logout());
    expect(second.browser.jar.size).toBe(0);
  });

  test('opened for reading, it shows the session and moves nothing', async () => {
    const { sessions, browser, old } = setUp(options());
    const session = await browser.open(sessions, true);
    expect(session.userId).toBe('ada');
    expect(session.get('cart')).toEqual(['tea']);
    expect(() => session.set('views', 1)).toThrow(/opened for reading/);
    expect(sessions.answerNow(session)?.cookies).toEqual([]);
    expect(old.sessions.size).toBe(1);
    expect((await browser.visit(sessions)).session.userId).toBe('ada');
  });

  test('a request without the cookie, or with a session, asks the old system nothing', async () => {
    const { sessions, old } = setUp(options());
    await new Browser().visit(sessions);
    const browser = new Browser();
    await browser.visit(sessions, (session) => session.set('views', 1));
    browser.jar.set('old', 'signed-1');
    await browser.visit(sessions);
    expect(old.reads).toBe(0);
  });

  test.each([
    ['forged', { old: 'forged' }],
    ['of a session that is over', { old: 'signed-9' }],
    ['empty', { old: '' }],
    ['longer than a cookie can be', { old: `signed-${'x'.repeat(5000)}` }],
  ])('a cookie that is %s begins nothing', async (_, cookies) => {
    const { sessions } = setUp(options());
    const { session, cookies: sent } = await new Browser(cookies).visit(sessions);
    expect([session.isNew, session.userId, sent]).toEqual([true, undefined, []]);
  });

  test('S-27: two cookies of different sessions are nobody’s', async () => {
    const { sessions, old } = setUp(options());
    old.sessions.set('signed-2', { user: 'eve' });
    const rejected: unknown[] = [];
    sessions.on('rejected', (event) => rejected.push(event));
    const session = await sessions.open({ cookie: 'old=signed-2; old=signed-1' }, { secure: true });
    expect([session.userId, rejected]).toEqual([undefined, [{ reason: 'duplicate' }]]);
    const planted = { cookie: 'old=forged; old=signed-1' };
    expect((await sessions.open(planted, { secure: true })).userId).toBe('ada');
  });
});

describe('requests at the same moment', () => {
  test('V-02: one session, and no change is lost', async () => {
    const { sessions, browser, store } = setUp();
    const open = await Promise.all(Array.from({ length: 20 }, () => browser.open(sessions)));
    for (const session of open) {
      expect(session.userId).toBe('ada');
      session.increment('views');
    }
    const answers = await Promise.all(open.map((session) => sessions.commit(session)));
    const sent = answers.filter((answer) => setCookies(answer).length > 0);
    expect(sent).toHaveLength(1);
    expect(await store.count?.()).toBe(1);
    for (const answer of answers) browser.receive(setCookies(answer));
    expect((await browser.open(sessions)).get('views')).toBe(20);
  });

  test('two servers over one store, each in the middle of its move', async () => {
    const { old, store, sessions, browser } = setUp();
    const slow = new Map<string, () => void>();
    const waiting: SessionStore = {
      ...store,
      create: async (id, record) => {
        await new Promise<void>((resolve) =>
          slow.set(isMoved(record) ? 'trace' : 'record', resolve),
        );
        return store.create(id, record);
      },
    };
    const other = old.server({ store: waiting });
    const late = browser.open(other);
    await until(() => slow.has('record'));
    const mine = await browser.open(sessions);
    slow.get('record')?.();
    await until(() => slow.has('trace'));
    slow.get('trace')?.();
    const theirs = await late;
    expect(theirs.handle).toBe(mine.handle);
    theirs.increment('views');
    await other.commit(theirs);
    browser.receive(setCookies(await sessions.commit(mine)));
    expect((await browser.open(sessions)).get('views')).toBe(1);
    expect(await store.count?.()).toBe(1);
  });

  test('the old record is removed between a request’s look and its read', async () => {
    const { old, store, sessions, browser } = setUp();
    const gate: { open?: () => void } = {};
    const slow = old.server({ store, inherit: [old.predecessor(() => wait(gate))] });
    const late = browser.open(slow);
    await until(() => gate.open !== undefined);
    const mine = await browser.open(sessions);
    expect(old.sessions.size).toBe(0);
    gate.open?.();
    expect((await late).handle).toBe(mine.handle);
  });

  test('F-01 F-02: requests and a logout at random moments: nothing is lost, nobody comes back', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { old, store, browser } = setUp();
      old.isKept = true;
      const servers = [0, 1].map(() => old.server({ store: atRandom(store) }));
      const thief = new Browser({ old: 'signed-1' });
      const counted = servers.map(async (sessions) => {
        const session = await thief.open(sessions);
        session.increment('views');
        return { sessions, session, answer: await sessions.commit(session) };
      });
      const done = await Promise.all(counted);
      const won = done.filter(({ answer }) => setCookies(answer).length > 0);
      expect(won).toHaveLength(1);
      browser.receive(setCookies(won[0]!.answer));
      const [one, other] = servers as [Sessions<Data>, Sessions<Data>];
      const mine = await browser.open(one);
      expect([mine.userId, mine.get('views')]).toEqual(['ada', 2]);

      const late = thief.open(other);
      expect(await mine.logout()).toBe('destroyed');
      const session = await late;
      session.increment('views');
      await other.commit(session);
      for (const time of [1, 40_000, HOUR]) {
        old.clock.advance(time);
        expect((await thief.open(other)).userId).toBeUndefined();
      }
    }
  });

  test('a request within another one has its session', async () => {
    const { sessions, browser } = setUp();
    const outer = await browser.open(sessions);
    await sessions.run(outer, async () => {
      const inner = await browser.open(sessions);
      inner.set('views', 7);
      expect(setCookies(await sessions.commit(inner))).toEqual([]);
    });
    browser.receive(setCookies(await sessions.commit(outer)));
    expect((await browser.open(sessions)).get('views')).toBe(7);
  });
});

describe('an answer that the client never got', () => {
  test('it goes on with the old cookie, and gets a token once others must have arrived', async () => {
    const { old, sessions, browser } = setUp();
    const lost = await browser.open(sessions);
    await sessions.commit(lost);
    const soon = await browser.visit(sessions, (session) => session.set('views', 1));
    expect([soon.session.handle, soon.cookies]).toEqual([lost.handle, []]);

    old.clock.advance(60_000);
    const later = await browser.visit(sessions, (session) => session.increment('views'));
    expect(later.session.handle).toBe(lost.handle);
    expect(later.cookies).toHaveLength(2);
    const next = await browser.visit(sessions);
    expect([next.session.userId, next.session.get('views')]).toEqual(['ada', 2]);
  });

  test('an answer without news is private to its visitor (S-30)', async () => {
    const { sessions, browser } = setUp();
    await sessions.commit(await browser.open(sessions));
    const session = await browser.open(sessions);
    session.get('cart');
    const { headers } = await sessions.commit(session);
    expect(headers).toContainEqual(['Cache-Control', 'private, no-cache']);
    expect(headers).toContainEqual(['Vary', 'Cookie']);
  });
});

describe('V-01: the old cookie after its session ended', () => {
  const ways: readonly (readonly [string, (session: Session<Data>) => Promise<unknown>])[] = [
    ['logout', (session) => session.logout()],
    ['destroy', (session) => session.destroy()],
    ['login', (session) => session.login('ada')],
    ['regenerate', (session) => session.regenerate()],
  ];

  describe.each([
    ['a store', () => ({})],
    ['sealed cookies with revocations', () => sealed(revocations())],
  ])('%s', (_, options) => {
    test.each(ways)('is worth nothing after %s', async (_name, way) => {
      const { old, sessions, browser } = setUp(options());
      old.isKept = true;
      old.expiresAt = old.clock.now() + 14 * 24 * HOUR;
      const thief = new Browser({ old: 'signed-1' });
      await browser.visit(sessions);
      await browser.visit(sessions, way);
      for (const step of [1, 31_000, HOUR, 24 * HOUR, 12 * 24 * HOUR]) {
        old.clock.advance(step);
        for (const session of [await thief.open(sessions, true), await thief.open(sessions)])
          expect([session.userId, session.get('cart')]).toEqual([undefined, undefined]);
      }
    });

    test('the spent cookie is removed', async () => {
      const { old, sessions, browser } = setUp(options());
      old.isKept = true;
      await browser.visit(sessions);
      await browser.visit(sessions, (session) => session.logout());
      old.clock.advance(60_000);
      browser.jar.set('old', 'signed-1');
      expect((await browser.visit(sessions)).cookies).toEqual([expect.stringContaining('old=;')]);
      expect(browser.jar.size).toBe(0);
    });
  });

  test('sealed cookies without revocations: a copy works as long as the old system made it', async () => {
    const { old, sessions, browser } = setUp(sealed());
    old.isKept = true;
    const copy = new Browser({ old: 'signed-1' });
    await browser.visit(sessions);
    await browser.visit(sessions, (session) => session.logout());
    expect((await copy.visit(sessions)).session.userId).toBe('ada');
  });

  test('V-05: used long after the visitor has moved on, it ends the session', async () => {
    const { old, sessions, browser } = setUp();
    old.isKept = true;
    const thief = new Browser({ old: 'signed-1' });
    const events: unknown[] = [];
    sessions.on('replayed', (event) => events.push(event));
    await browser.visit(sessions);
    await browser.visit(sessions);
    expect((await thief.open(sessions)).userId).toBe('ada');
    old.clock.advance(31_000);
    expect((await thief.open(sessions)).userId).toBeUndefined();
    expect(events).toHaveLength(1);
    expect((await browser.open(sessions)).userId).toBeUndefined();
  });
});

describe('the directory', () => {
  test('an inherited session is listed once, and ends with its user’s', async () => {
    const { sessions, browser } = setUp();
    const { session } = await browser.visit(sessions);
    const listed = await sessions.ofUser('ada');
    expect(listed.map(({ handle }) => handle)).toEqual([session.handle]);
    expect(await sessions.destroyUser('ada')).toBe(1);
    expect((await browser.open(sessions)).userId).toBeUndefined();
    expect((await new Browser({ old: 'signed-1' }).open(sessions)).userId).toBeUndefined();
  });

  test('a process that dies before the trace leaves no session, and the visitor stays', async () => {
    const { old, store, sessions, browser } = setUp();
    const dying: SessionStore = {
      ...store,
      create: async (id, record) => {
        if (isMoved(record)) throw new Error('killed');
        return store.create(id, record);
      },
    };
    await expect(browser.open(old.server({ store: dying }))).rejects.toThrow(/killed/);
    expect(await sessions.ofUser('ada')).toEqual([]);
    expect((await browser.visit(sessions)).session.userId).toBe('ada');
    expect(await sessions.ofUser('ada')).toHaveLength(1);
  });

  test('a lost reply of the trace does not count as another request', async () => {
    const { old, store, browser } = setUp();
    const lossy: SessionStore = {
      ...store,
      create: async (id, record) => {
        const version = await store.create(id, record);
        if (isMoved(record)) throw new Error('connection lost');
        return version;
      },
    };
    const { session } = await browser.visit(old.server({ store: lossy }));
    expect(session.userId).toBe('ada');
    expect(await store.count?.()).toBe(1);
  });

  test('events name it', async () => {
    const { sessions, browser } = setUp();
    const events: unknown[] = [];
    sessions.on('created', (event) => events.push(['created', event]));
    sessions.on('inherited', (event) => events.push(['inherited', event]));
    const { id, handle } = (await browser.visit(sessions)).session;
    const subject = { id, handle, userId: 'ada' };
    expect(events).toEqual([
      ['created', subject],
      ['inherited', { ...subject, from: 'old-sessions' }],
    ]);
  });
});

const OWN_NAME = /'old' of old-sessions has the name of the session's own/;

describe('what can go wrong', () => {
  const failing = predecessor({
    name: 'old-sessions',
    cookie: { name: 'old' },
    verify: (key) => ({ key, read: () => Promise.reject(new Error('ECONNREFUSED')) }),
  });

  test('V-24: an old store that is down is a 503, or an anonymous visit', async () => {
    const { browser, sessions } = setUp({ inherit: [failing] });
    await expect(browser.open(sessions)).rejects.toMatchObject({
      code: 'store-failed',
      status: 503,
      message: expect.stringContaining("old-sessions store failed in 'read': ECONNREFUSED"),
    });
    const lenient = setUp({ inherit: [failing], onStoreError: 'anonymous' });
    expect((await lenient.browser.open(lenient.sessions)).isReadOnly).toBe(true);
  });

  test('an old record that cannot be removed is an event; the old cookie is spent', async () => {
    const stuck = predecessor({
      name: 'old-sessions',
      cookie: { name: 'old' },
      verify: (key) => ({
        key,
        read: () => ({ data: { views: 1 } }),
        end: () => Promise.reject(new Error('read-only replica')),
      }),
    });
    const { browser, sessions } = setUp({ inherit: [stuck] });
    const failed: unknown[] = [];
    sessions.on('failed', ({ error }) => failed.push(error.message));
    await browser.visit(sessions);
    expect(failed).toEqual([expect.stringContaining('read-only replica')]);
    await browser.visit(sessions, (session) => session.logout());
    expect((await new Browser({ old: 'signed-1' }).visit(sessions)).session.get('views')).toBe(
      undefined,
    );
  });

  test('over plain HTTP the session stays where it is', async () => {
    const { old, sessions, browser } = setUp();
    const session = await sessions.open({ cookie: browser.header, host: 'shop.example' });
    expect([session.userId, old.sessions.size]).toEqual([undefined, 1]);
    expect(session.trace().join()).toContain('the session of old-sessions stays where it is');
    expect((await browser.open(sessions)).userId).toBe('ada');
  });

  test('keys that no session can have are left out, and the trace says so', async () => {
    const { old, sessions, browser } = setUp();
    old.sessions.set('signed-1', JSON.parse('{"__proto__": {"admin": true}, "views": 1}'));
    const { session } = await browser.visit(sessions);
    expect(Object.keys(session.all())).toEqual(['views']);
    expect(session.trace().join()).toContain('"__proto__" cannot be a key');
  });

  test('data above maxLength is an error that says so', async () => {
    const { sessions, browser } = setUp({ maxLength: 100 });
    await expect(browser.open(sessions)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('a user id that is none is an error', async () => {
    const { old, sessions, browser } = setUp();
    old.sessions.set('signed-1', { user: 'x'.repeat(300) });
    await expect(browser.open(sessions)).rejects.toMatchObject({ code: 'invalid-value' });
  });

  test.each([
    [{ inherit: {} as never }, /inherit is no list/],
    [{ inherit: [{}] as never }, /inherit is no list/],
    [{ inherit: [failing], cookie: { name: 'old' } }, OWN_NAME],
    [{ inherit: [failing], cookie: { name: '__Host-old', secure: 'auto' as const } }, OWN_NAME],
    [{ inherit: [failing], transport: headerTransport('x-session') }, /reads cookies/],
  ])('%o is refused at start', (options, message) => {
    expect(() => createSessions({ store: memoryStore(), ...options })).toThrow(message);
  });
});

test('a name that differs by its prefix is another one, where every cookie has it', async () => {
  const { sessions, browser } = setUp({}, { name: 'sid' });
  const { session, cookies } = await browser.visit(sessions);
  expect(session.userId).toBe('ada');
  expect(cookies.map((cookie) => cookie.split('=', 1)[0])).toEqual(['sid', '__Host-sid']);
});

test('S-18: the old cookie is removed with the attributes it was sent with', async () => {
  const cookie = { name: '__Secure-old', path: '/app', domain: 'shop.example', partitioned: true };
  const { sessions, browser } = setUp({}, cookie);
  const { cookies } = await browser.visit(sessions);
  expect(cookies[0]).toBe(
    '__Secure-old=; Path=/app; Domain=shop.example; HttpOnly; Secure; SameSite=Lax; Partitioned; ' +
      'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  );
});

test('of several systems the one counts whose cookie the request has', async () => {
  const [first, second] = [new Old({ name: 'one' }), new Old({ name: 'two' })];
  second.sessions.set('signed-2', { user: 'eve' });
  const sessions = first.server({
    store: memoryStore({ now: first.clock.now }),
    inherit: [first.predecessor(), second.predecessor()],
  });
  const browser = new Browser({ one: 'forged', two: 'signed-2' });
  expect((await browser.visit(sessions)).session.userId).toBe('eve');
});

/** A store whose calls take a turn of the event loop or two. */
function atRandom(store: SessionStore): SessionStore {
  const turn = async (): Promise<void> => {
    while (Math.random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...store,
    read: (id) => turn().then(() => store.read(id)),
    create: (id, record) => turn().then(() => store.create(id, record)),
    update: (id, record, version) => turn().then(() => store.update(id, record, version)),
    destroy: (id, version) => turn().then(() => store.destroy(id, version)),
  };
}

function wait(gate: { open?: () => void }): Promise<void> {
  return new Promise((resolve) => {
    gate.open = resolve;
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
