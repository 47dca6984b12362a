import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DeviceRecord } from '../../src/core/internal.js';
import {
  createSessions,
  headerTransport,
  type Session,
  type SessionOptions,
  type SessionStore,
  type Sessions,
} from '../../src/index.js';
import { cookieFirst } from '../../src/sealed/cookie-first.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { setCookies } from '../visitor.js';

interface Data {
  a: number;
  b: number;
  count: number;
  text: string;
  coupon: string;
  list: string[];
}

const secret = randomBytes(32).toString('base64url');
const SMALL = '__Host-sid-small';
const TOKEN = '__Host-sid';

/** A browser: two cookies of one site, and answers that arrive when they arrive. */
class Browser {
  readonly cookies = new Map<string, string>();
  readonly #sessions: Sessions<Data>;

  constructor(sessions: Sessions<Data>) {
    this.#sessions = sessions;
  }

  open(): Promise<Session<Data>> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return this.#sessions.open({ cookie }, { secure: true });
  }

  async send(session: Session<Data>): Promise<readonly string[]> {
    return setCookies(await this.#sessions.commit(session));
  }

  receive(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  async visit(
    handler: (session: Session<Data>) => unknown = () => undefined,
  ): Promise<Session<Data>> {
    const session = await this.open();
    await handler(session);
    this.receive(await this.send(session));
    return session;
  }

  get names(): string[] {
    return [...this.cookies.keys()].sort();
  }
}

interface Place {
  readonly browser: Browser;
  readonly sessions: Sessions<Data>;
  /** Another process on the same store. */
  readonly other: Sessions<Data>;
  readonly clock: ReturnType<typeof manualClock>;
  readonly calls: string[];
}

function place(options: Omit<SessionOptions, 'store'> = {}, maxBytes?: number): Place {
  const clock = manualClock(Date.now());
  const calls: string[] = [];
  const kept = memoryStore({ now: clock.now });
  const store = new Proxy(kept, {
    get(target, name: keyof SessionStore) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        calls.push(name);
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  const create = (): Sessions<Data> =>
    createSessions<Data>({
      store: cookieFirst({ store, maxBytes }),
      secret,
      now: clock.now,
      ...options,
    });
  const sessions = create();
  return { browser: new Browser(sessions), sessions, other: create(), clock, calls };
}

const long = 'x'.repeat(1100);

describe('a small session of nobody', () => {
  test('lives in its cookie: the store is asked once for a change, and never for a read', async () => {
    const { browser, sessions, calls } = place();
    await browser.visit((session) => session.set('a', 1));
    expect(calls).toEqual([]);
    const { id } = await browser.visit((session) => expect(session.get('a')).toBe(1));
    expect(calls).toEqual([]);
    const again = await browser.visit((session) => session.set('b', 2));
    expect(again.id).toBe(id);
    expect(calls).toEqual(['read']);
    expect(browser.names).toEqual([SMALL]);
    expect(await sessions.count()).toBe(0);
    expect((await browser.open()).all()).toEqual({ a: 1, b: 2 });
  });

  test('a touch asks no store', async () => {
    const { browser, clock, calls } = place({ idleTimeout: '1h' });
    await browser.visit((session) => session.set('a', 1));
    clock.advance(50 * 60_000);
    await browser.visit();
    clock.advance(50 * 60_000);
    expect((await browser.visit()).get('a')).toBe(1);
    expect(calls).toEqual([]);
    clock.advance(61 * 60_000);
    expect((await browser.visit()).get('a')).toBeUndefined();
  });

  test('requests at once in one process keep each other’s changes', async () => {
    const { browser } = place();
    await browser.visit((session) => session.set('count', 0));
    const open = await Promise.all([browser.open(), browser.open(), browser.open()]);
    for (const session of open) session.increment('count');
    const answers = await Promise.all(open.map((session) => browser.send(session)));
    for (const answer of answers) browser.receive(answer);
    expect((await browser.open()).get('count')).toBe(3);
  });

  test('reload drops the changes of the request, and finds what others moved to the store', async () => {
    const { browser } = place();
    await browser.visit((session) => session.set('a', 1));
    const open = await browser.open();
    open.set('a', 2);
    expect(await open.reload()).toBe('unchanged');
    expect(open.get('a')).toBe(1);
    open.set('b', 1);
    await open.save();
    expect(await open.reload()).toBe('unchanged');
    expect(open.all()).toEqual({ a: 1, b: 1 });
    await browser.visit((session) => session.set('a', 3).moveToStore());
    expect(await open.reload()).toBe('unchanged');
    expect(open.get('a')).toBe(3);
    await browser.visit((session) => session.destroy());
    expect(await open.reload()).toBe('gone');
  });

  test('S-40 a token opens in its own cookie, with its own secret, and unchanged only', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.set('a', 1));
    const token = browser.cookies.get(SMALL) ?? '';
    const foreign = createSessions<Data>({
      store: cookieFirst({ store: memoryStore() }),
      secret: randomBytes(32).toString('base64url'),
    });
    const opened = (from: Sessions<Data>, cookie: string): Promise<Session<Data>> =>
      from.open({ cookie }, { secure: true });
    expect((await opened(sessions, `${SMALL}=${token}`)).get('a')).toBe(1);
    expect((await opened(foreign, `${SMALL}=${token}`)).get('a')).toBeUndefined();
    const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`;
    expect((await opened(sessions, `${SMALL}=${changed}`)).get('a')).toBeUndefined();
  });

  test('a rotated secret seals it anew', async () => {
    const older = randomBytes(32).toString('base64url');
    const store = memoryStore();
    const before = createSessions<Data>({ store: cookieFirst({ store }), secret: older });
    const after = createSessions<Data>({ store: cookieFirst({ store }), secret: [secret, older] });
    const browser = new Browser(before);
    await browser.visit((session) => session.set('a', 1));
    const moved = new Browser(after);
    for (const [name, value] of browser.cookies) moved.cookies.set(name, value);
    expect((await moved.visit()).get('a')).toBe(1);
    expect(moved.cookies.get(SMALL)).not.toBe(browser.cookies.get(SMALL));
  });
});

describe('a session moves into the store, and nobody is logged out', () => {
  test('when it grows', async () => {
    const { browser, sessions } = place();
    const { id } = await browser.visit((session) => session.set('a', 1));
    const grown = await browser.visit((session) => session.set('text', long));
    expect(grown.id).toBe(id);
    expect(browser.names).toEqual([TOKEN]);
    expect(await sessions.count()).toBe(1);
    expect((await sessions.read(id))?.data).toEqual({ a: 1, text: long });
    expect((await browser.open()).all()).toEqual({ a: 1, text: long });
  });

  test('when its visitor logs in', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.set('a', 1));
    await browser.visit((session) => session.login('ada'));
    expect(browser.names).toEqual([TOKEN]);
    const visit = await browser.open();
    expect(visit.userId).toBe('ada');
    expect(visit.get('a')).toBe(1);
    expect(await sessions.ofUser('ada')).toHaveLength(1);
    expect(await sessions.destroyUser('ada')).toBe(1);
    expect((await browser.open()).userId).toBeUndefined();
  });

  test('when it has to be ended from outside', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.set('a', 1));
    const { id } = await browser.visit((session) => session.moveToStore());
    expect(browser.names).toEqual([TOKEN]);
    expect((await browser.open()).get('a')).toBe(1);
    expect(await sessions.destroy(id)).toBe(true);
    expect((await browser.open()).get('a')).toBeUndefined();
  });

  test('at its first change, when the handler asks before it', async () => {
    const { browser, sessions } = place();
    await browser.visit(async (session) => {
      await session.moveToStore();
      session.set('a', 1);
    });
    expect(browser.names).toEqual([TOKEN]);
    expect(await sessions.count()).toBe(1);
  });

  test('when a value may be taken once: of many requests one gets the value', async () => {
    const { browser, other } = place();
    await browser.visit((session) => session.set('coupon', 'ten'));
    const elsewhere = new Browser(other);
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const taken = await Promise.all(
      [browser, elsewhere, browser, elsewhere].map(async (from) => {
        const session = await from.open();
        return session.take('coupon');
      }),
    );
    expect(taken.filter((value) => value !== undefined)).toEqual(['ten']);
  });

  test('two processes move it at once, and both changes are kept', async () => {
    const { browser, other } = place();
    await browser.visit((session) => session.set('a', 1));
    const elsewhere = new Browser(other);
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const [one, two] = await Promise.all([browser.open(), elsewhere.open()]);
    one.set('text', long);
    two.set('text', long).set('b', 2);
    const answers = await Promise.all([browser.send(one), elsewhere.send(two)]);
    for (const answer of answers) browser.receive(answer);
    expect((await browser.open()).all()).toEqual({ a: 1, b: 2, text: long });
  });

  test('a small change of another process that began before the move goes to the store', async () => {
    const { browser, other } = place();
    await browser.visit((session) => session.set('a', 1));
    const elsewhere = new Browser(other);
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const late = await elsewhere.open();
    await browser.visit((session) => session.set('text', long));
    late.set('b', 2);
    browser.receive(await elsewhere.send(late));
    expect((await browser.open()).all()).toEqual({ a: 1, b: 2, text: long });
    expect(browser.names).toEqual([TOKEN]);
  });
});

describe('what comes late', () => {
  test('an answer from before a login does not undo the login', async () => {
    const { browser, other } = place();
    await browser.visit((session) => session.set('a', 1));
    const elsewhere = new Browser(other);
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const late = await elsewhere.open();
    late.set('b', 2);
    const lateAnswer = await elsewhere.send(late);
    await browser.visit((session) => session.login('ada'));
    browser.receive(lateAnswer);
    expect(browser.names).toEqual([TOKEN, SMALL]);
    expect((await browser.open()).userId).toBe('ada');
    // The next token takes the old session away.
    await browser.visit((session) => session.regenerate());
    expect(browser.names).toEqual([TOKEN]);
    expect((await browser.open()).userId).toBe('ada');
  });

  test('a change that is committed after a login is lost, and says so; the login stays', async () => {
    const { browser, other } = place();
    await browser.visit((session) => session.set('a', 1));
    const elsewhere = new Browser(other);
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    const late = await elsewhere.open();
    await browser.visit((session) => session.login('ada'));
    late.set('b', 2);
    browser.receive(await elsewhere.send(late));
    expect(late.outcome).toBe('gone');
    expect((await browser.open()).userId).toBe('ada');
  });

  test('a logout stays a logout, and the answer of an older request brings nobody back', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.set('a', 1));
    await browser.visit((session) => session.login('ada'));
    const late = await browser.open();
    late.set('b', 2);
    await browser.visit((session) => session.logout());
    expect(browser.names).toEqual([]);
    browser.receive(await browser.send(late));
    expect(late.outcome).toBe('gone');
    expect((await browser.open()).userId).toBeUndefined();
    expect(await sessions.count()).toBe(0);
  });

  test('a change after the response cannot reach a cookie, and says so in production too', async () => {
    const { browser } = place();
    const session = await browser.visit((visit) => visit.set('a', 1));
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(() => session.set('b', 2)).toThrow(expect.objectContaining({ code: 'too-late' }));
    } finally {
      process.env.NODE_ENV = before;
    }
  });
});

describe('the way back', () => {
  test('after a logout the next session is in its cookie again', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.login('ada'));
    await browser.visit(async (session) => {
      await session.logout();
      session.set('a', 1);
    });
    expect(browser.names).toEqual([SMALL]);
    expect(await sessions.count()).toBe(0);
    expect((await browser.open()).all()).toEqual({ a: 1 });
  });

  test('a session that shrank goes back when it gets a new token', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.set('text', long).set('a', 1));
    await browser.visit((session) => session.delete('text'));
    expect(browser.names).toEqual([TOKEN]);
    await browser.visit((session) => session.regenerate());
    expect(browser.names).toEqual([SMALL]);
    expect(await sessions.count()).toBe(0);
    expect((await browser.open()).all()).toEqual({ a: 1 });
  });

  test('S-11 a token for forms that comes from a planted cookie ends with the login', async () => {
    const { browser: attacker, sessions } = place();
    await attacker.visit((session) => session.set('a', 1));
    const victim = new Browser(sessions);
    for (const [name, value] of attacker.cookies) victim.cookies.set(name, value);
    await attacker.visit((session) => session.moveToStore());
    let planted = '';
    await victim.visit((session) => {
      planted = session.csrfToken();
      return session.login('ada');
    });
    const session = await victim.open();
    expect(session.userId).toBe('ada');
    expect(session.isCsrfToken(planted)).toBe(false);
  });

  test('a session that is bound to a device stays in the store with a new token', async () => {
    const { browser, sessions } = place();
    await browser.visit((session) => session.set('a', 1));
    await browser.visit((session) => new DeviceRecord(session).change(() => 'a device'));
    await browser.visit((session) => session.regenerate());
    expect(browser.names).toEqual([TOKEN]);
    expect(await sessions.count()).toBe(1);
    expect(new DeviceRecord(await browser.open()).text).toBe('a device');
  });

  test('tokens of the store are renewed there, whatever the size of the session', async () => {
    const { browser, clock } = place({ rotateAfter: '1m' });
    await browser.visit((session) => session.set('text', long));
    await browser.visit((session) => session.set('text', 'short'));
    clock.advance(61_000);
    const [one, two] = await Promise.all([browser.open(), browser.open()]);
    const answers = await Promise.all([browser.send(one), browser.send(two)]);
    for (const answer of answers) browser.receive(answer);
    expect(browser.names).toEqual([TOKEN]);
    expect((await browser.visit()).get('text')).toBe('short');
  });
});

test('S-13 the ended session of a cookie is dead for deadFor, and the answer takes the cookie away', async () => {
  const { browser } = place();
  await browser.visit((session) => session.set('a', 1));
  const copy = browser.cookies.get(SMALL) ?? '';
  await browser.visit((session) => session.destroy());
  expect(browser.names).toEqual([]);
  browser.cookies.set(SMALL, copy);
  const late = await browser.open();
  late.set('b', 2);
  expect(await browser.send(late)).toEqual([]);
  expect(late.outcome).toBe('gone');
});

test('an outage of the store leaves small sessions readable', async () => {
  const store = memoryStore();
  const broken = { ...store, read: () => Promise.reject(new Error('down')) };
  const sessions = createSessions<Data>({
    store: cookieFirst({ store: broken as SessionStore }),
    secret,
  });
  const browser = new Browser(sessions);
  await browser.visit((session) => session.set('a', 1));
  expect((await browser.visit()).get('a')).toBe(1);
  const failing = await browser.open();
  failing.set('b', 2);
  await expect(browser.send(failing)).rejects.toMatchObject({ code: 'store-failed' });
});

test('sessions of a user can be limited, and data in the store encrypted', async () => {
  const { browser, sessions } = place({ sessionsPerUser: { max: 1 }, encrypt: true });
  await browser.visit((session) => session.login('ada'));
  const second = new Browser(sessions);
  await second.visit((session) => session.login('ada'));
  expect((await browser.open()).userId).toBeUndefined();
  expect((await second.open()).userId).toBe('ada');
});

test.each([
  [() => cookieFirst({} as never), /store is not set/],
  [() => cookieFirst(undefined as never), /of cookieFirst are not an object/],
  [() => cookieFirst({ store: memoryStore(), maxBytes: 5000 }), /maxBytes .* 5000/],
  [() => cookieFirst({ store: memoryStore(), size: 1 } as never), /size/],
  [() => createSessions({ store: cookieFirst({ store: memoryStore() }) }), /secret/],
  [
    () =>
      createSessions({
        store: cookieFirst({ store: memoryStore() }),
        secret,
        transport: headerTransport('x-session'),
      }),
    /needs cookies/,
  ],
])('wrong options are refused: %#', (create, message) => {
  expect(create).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  expect(create).toThrow(message);
});
