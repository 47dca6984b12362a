import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  cookieSessions,
  createSessions,
  type SessionOptions,
  type SessionStore,
  type Sessions,
} from '../../src/index.js';
import { type ManualClock, manualClock } from '../../src/testing/clock.js';
import { type LocalStore, localStores } from '../local-stores.js';
import { setCookies, Visitor } from '../visitor.js';

interface Data {
  user: string;
  views: number;
  [key: string]: unknown;
}

const HOUR = 3_600_000;

/** Counts the calls of every verb of a store. */
function counting(store: SessionStore): { store: SessionStore; calls: Record<string, number> } {
  const calls: Record<string, number> = { read: 0, create: 0, update: 0, touch: 0, destroy: 0 };
  const counted = (verb: 'read' | 'create' | 'update' | 'touch' | 'destroy') =>
    ((...parameters: never[]) => {
      calls[verb] = (calls[verb] ?? 0) + 1;
      return (store[verb] as (...all: never[]) => unknown)(...parameters);
    }) as never;
  return {
    calls,
    store: {
      ...store,
      read: counted('read'),
      create: counted('create'),
      update: counted('update'),
      touch: counted('touch'),
      destroy: counted('destroy'),
    },
  };
}

describe.each(Object.entries(localStores))('sessions on %s', (_name, makeStore) => {
  let clock: ManualClock;
  let local: LocalStore;
  let calls: Record<string, number>;
  let store: SessionStore;

  beforeEach(() => {
    clock = manualClock();
    local = makeStore({ now: clock.now });
    ({ store, calls } = counting(local.store));
  });
  afterEach(() => local.remove());

  function open(options: SessionOptions = {}): Sessions<Data> {
    return createSessions<Data>({ store, now: clock.now, ...options });
  }

  test('S-02 a token that the server did not make is never adopted', async () => {
    const sessions = open();
    for (let round = 0; round < 1000; round++) {
      const visitor = new Visitor(sessions, `__Host-sid=${randomBytes(32).toString('base64url')}`);
      const { headers } = await visitor.visit();
      expect(setCookies({ headers })).toEqual([]);
    }
    expect(calls).toMatchObject({ create: 0, update: 0, touch: 0, destroy: 0 });

    const planted = `__Host-sid=${randomBytes(32).toString('base64url')}`;
    const visitor = new Visitor(sessions, planted);
    await visitor.visit((session) => session.set('user', 'alice'));
    expect(visitor.cookie).not.toBe(planted);
    expect((await new Visitor(sessions, planted).open()).isNew).toBe(true);
  });

  test('S-03 V-23 malformed, empty and blank tokens never reach the store', async () => {
    const sessions = open();
    for (const token of [
      '',
      ' ',
      '""',
      'x',
      'a'.repeat(42),
      'a'.repeat(44),
      `${'a'.repeat(42)}=`,
      `${'a'.repeat(42)}é`,
      '../../etc/passwd',
      '[object Object]',
    ]) {
      expect((await new Visitor(sessions, `__Host-sid=${token}`).open()).isNew).toBe(true);
    }
    expect(calls).toMatchObject({ read: 0, create: 0 });
  });

  test('S-04 no token occurs in what is stored', async () => {
    const sessions = open();
    const tokens: string[] = [];
    for (let index = 0; index < 200; index++) {
      const visitor = new Visitor(sessions);
      await visitor.visit((session) => session.set('views', index));
      if (index % 2 === 0) await visitor.visit((session) => session.login(`user ${index}`));
      tokens.push(visitor.token);
    }
    const dump = await local.dump();
    expect(dump.length).toBeGreaterThan(10_000);
    for (const token of tokens) expect(dump.includes(token)).toBe(false);
  });

  test('S-06 a token is taken from the cookie only', async () => {
    const sessions = open();
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('user', 'alice'));
    const headers = {
      authorization: `Bearer ${visitor.token}`,
      'x-session': visitor.token,
      'x-original-url': `/?sid=${visitor.token}`,
    };
    expect((await sessions.open(headers, { secure: true })).isNew).toBe(true);
  });

  test('S-10 S-11 a request that does not write stores nothing and gets no cookie', async () => {
    const sessions = open();
    const visitor = new Visitor(sessions);
    for (let round = 0; round < 2000; round++) {
      const { headers } = await visitor.visit((session) => {
        if (round % 4 === 1) session.get('user');
        if (round % 4 === 2) session.set('user', undefined);
        if (round % 4 === 3) session.set('views', 1).delete('views');
      });
      expect(setCookies({ headers })).toEqual([]);
    }
    await visitor.visit((session) => session.destroy());
    await visitor.visit((session) => session.logout());
    expect(calls).toEqual({ read: 0, create: 0, update: 0, touch: 0, destroy: 0 });
  });

  test('S-12 V-03 after a login the token from before is dead, also for 50 requests under way', async () => {
    const sessions = open();
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    const planted = visitor.clone();
    const underWay = await Promise.all(Array.from({ length: 50 }, () => planted.open()));
    const gone: string[] = [];
    sessions.on('gone', ({ id }) => gone.push(id));

    const { session } = await visitor.visit((session) =>
      session.set('user', 'alice').login('alice'),
    );
    expect(session.outcome).toBe('regenerated');
    expect((await planted.open()).isNew).toBe(true);
    expect(gone).toHaveLength(1);
    for (const [index, late] of underWay.entries()) {
      late.set(`late${index}`, true);
      expect(setCookies(await planted.answer(late))).toEqual([]);
      expect(late.outcome).toBe('gone');
    }
    expect(gone).toHaveLength(51);
    const after = await visitor.open();
    expect(after.all()).toEqual({ views: 1, user: 'alice' });
    expect(after.userId).toBe('alice');
  });

  test('S-13 V-04 both deadlines are those of the record, whatever the client, the options and the store say', async () => {
    const sessions = open({ idleTimeout: '1h', lifetime: '10h', touchAfter: '1m' });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('user', 'alice'));
    const deadline = clock.now() + HOUR + 60_000;
    // Another process, with other options, on the same store.
    const generous = createSessions<Data>({
      store,
      now: clock.now,
      idleTimeout: '7d',
      lifetime: '300d',
    });
    clock.set(deadline - 1);
    expect((await new Visitor(generous, visitor.cookie).open()).isNew).toBe(false);
    clock.set(deadline);
    expect((await new Visitor(generous, visitor.cookie).open()).isNew).toBe(true);
    expect((await visitor.open()).isNew).toBe(true);
  });

  test('S-13 the core holds the deadlines also when the clock of the store stands still', async () => {
    const frozen = makeStore({ now: () => 0 });
    const sessions = createSessions<Data>({
      store: frozen.store,
      now: clock.now,
      idleTimeout: '1h',
    });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('user', 'alice'));
    clock.advance('62m');
    const ended: string[] = [];
    sessions.on('ended', ({ reason }) => ended.push(reason));
    expect((await visitor.open()).isNew).toBe(true);
    expect(ended).toEqual(['idle']);
    await frozen.remove();
  });

  test('S-14 activity moves the idle deadline only; a login starts both anew', async () => {
    const sessions = open({ idleTimeout: '1h', lifetime: '3h' });
    const visitor = new Visitor(sessions);
    const { session: first } = await visitor.visit((session) => session.set('views', 0));
    const end = first.createdAt + 3 * HOUR;
    for (let round = 0; round < 5; round++) {
      clock.advance('30m');
      const { session } = await visitor.visit((session) => session.increment('views'));
      expect(session.isNew).toBe(false);
      expect(session.expiresAt).toBeLessThanOrEqual(end);
      expect(session.createdAt).toBe(first.createdAt);
    }
    const { session } = await visitor.visit((session) => session.login('alice'));
    expect(session.createdAt).toBe(clock.now());
    clock.set(end);
    expect((await visitor.open()).get('views')).toBe(5);
  });

  test('S-14 touches are throttled, and nobody is cut off early for it', async () => {
    const sessions = open({ idleTimeout: '20m' });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    for (let second = 0; second < 600; second++) {
      clock.advance('1s');
      await visitor.visit();
    }
    expect(calls.touch).toBe(10);
    // Used at +59 s, just before the next touch: 20 minutes later it still lives.
    clock.advance('59s');
    await visitor.visit();
    clock.advance(20 * 60_000 - 1);
    expect((await visitor.open()).isNew).toBe(false);
  });

  test('S-16 V-01 no save, touch or retry brings a destroyed session back', async () => {
    const sessions = open({ touchAfter: '1ms' });
    for (let round = 0; round < 100; round++) {
      const visitor = new Visitor(sessions);
      await visitor.visit((session) => session.set('user', 'alice'));
      clock.advance('1s');
      const slow = await Promise.all(Array.from({ length: 6 }, () => visitor.clone().open()));
      slow[0]?.set('late', 1);
      slow[1]?.touch();
      slow[2]?.increment('views');
      slow[3]?.flash('note', 'late');
      await visitor.clone().visit((session) => session.logout());
      await slow[4]?.regenerate();
      const answers = await Promise.all(slow.map((session) => sessions.commit(session)));
      expect(answers.flatMap(setCookies)).toEqual([]);
      expect((await visitor.open()).isNew).toBe(true);
    }
    expect(await store.count?.()).toBe(0);
  });

  test('S-17 sessions end by id, by user, all others and all at once, for the next request on every server', async () => {
    const here = open();
    const there = createSessions<Data>({ store, now: clock.now });
    const visitors = Array.from({ length: 4 }, () => new Visitor(here));
    for (const visitor of visitors) await visitor.visit((session) => session.login('alice'));
    const bob = new Visitor(here);
    await bob.visit((session) => session.login('bob'));
    const alive = async (): Promise<boolean[]> =>
      Promise.all(
        visitors.map(async ({ cookie }) => !(await new Visitor(there, cookie).open()).isNew),
      );
    const [first, second] = await Promise.all(visitors.map((visitor) => visitor.open()));

    expect(await here.ofUser('alice')).toHaveLength(4);
    expect(await here.destroy(first?.id ?? '')).toBe(true);
    expect(await alive()).toEqual([false, true, true, true]);
    expect(await here.destroyUser('alice', { except: second?.id })).toBe(2);
    expect(await alive()).toEqual([false, true, false, false]);
    expect(await here.destroyUser('alice')).toBe(1);
    expect(await alive()).toEqual([false, false, false, false]);
    expect((await new Visitor(there, bob.cookie).open()).userId).toBe('bob');
    await here.destroyAll();
    expect((await new Visitor(there, bob.cookie).open()).isNew).toBe(true);
  });

  test('V-02 fifty requests that each set another key lose none', async () => {
    const sessions = open();
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 0));
    const requests = await Promise.all(Array.from({ length: 50 }, () => visitor.clone().open()));
    await Promise.all(
      requests.map((session, index) => {
        session.set(`key${index}`, index).increment('views');
        return sessions.commit(session);
      }),
    );
    const after = await visitor.open();
    expect(after.get('views')).toBe(50);
    expect(Object.keys(after.all())).toHaveLength(51);
  });

  test('V-06 what one request revokes or raises, the next one sees', async () => {
    const sessions = open();
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('role', 'user'));
    for (let round = 0; round < 50; round++) {
      await visitor.visit((session) => session.set('role', round % 2 === 0 ? 'admin' : 'user'));
      expect((await visitor.clone().open()).get('role')).toBe(round % 2 === 0 ? 'admin' : 'user');
    }
  });

  test('V-13 F-27 records that are damaged, hostile or of a later version are anonymous, reported and left alone', async () => {
    const sessions = open();
    const rejected: string[] = [];
    sessions.on('rejected', ({ reason }) => rejected.push(reason));
    const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
    const bombs = [
      '{"__proto__":{"polluted":true}}',
      '1{"h":"","w":[],"k":["a",9999999999]}\n1',
      '1{"h":"","w":[],"k":["a",1e308]}\n1',
      '1{"h":"","w":[],"k":["a",null]}\n1',
      '1{"h":"","w":[],"k":[["a"],1]}\n1',
      '2{"h":"","w":[],"k":[]}\n',
      '\uFEFF1{"h":"","w":[],"k":[]}\n',
      '1{"h":7,"w":[],"k":[]}\n',
      '1{"h":"","w":{},"k":[]}\n',
      '1{"h":"","w":[],"k":[],"f":[1]}\n',
      '1{"h":"","w":[],"k":[],"x":{"idleTimeout":"9"}}\n',
      '1{"h":"","w":[],"k":[],"x":{"isPersistent":1}}\n',
      '',
      '\n',
      `1${'['.repeat(100_000)}`,
      `1{"h":"","w":[],"k":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
      'NaN',
      'x'.repeat(2_000_000),
    ];
    for (const data of bombs) {
      const visitor = new Visitor(sessions);
      const { session } = await visitor.visit((session) => session.set('user', 'alice'));
      const stored = await store.read(session.id);
      if (stored === undefined) throw new Error('the session is not stored');
      await store.update(session.id, { ...stored.record, data }, stored.version);
      expect((await visitor.open()).isNew).toBe(true);
      expect(await sessions.read(session.id)).toBeUndefined();
      expect((await store.read(session.id))?.record.data).toBe(data);
    }
    expect(new Set(rejected)).toEqual(new Set(['record']));
    expect(rejected).toHaveLength(bombs.length * 2);
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('V-13 a hostile value inside a record is a typed error when it is asked for, and pollutes nothing', async () => {
    const sessions = open();
    const values = [
      '{"__proto__":{"polluted":true}}',
      '{"a":{"\\u005f_proto__":1}}',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      'NaN',
      '{',
      'undefined',
    ];
    for (const value of values) {
      const visitor = new Visitor(sessions);
      const { session } = await visitor.visit((session) => session.set('user', 'alice'));
      const stored = await store.read(session.id);
      if (stored === undefined) throw new Error('the session is not stored');
      const data = `1${JSON.stringify({ h: '', w: [], k: ['bad', value.length, 'good', 1] })}\n${value}7`;
      await store.update(session.id, { ...stored.record, data }, stored.version);
      const opened = await visitor.open();
      expect(opened.get('good')).toBe(7);
      expect(() => opened.get('bad')).toThrow(expect.objectContaining({ code: 'invalid-record' }));
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('without a store', () => {
  const secret = randomBytes(32).toString('base64url');

  test('S-05 the default name says nothing of the product, and tokens nothing of time or order', async () => {
    const { store } = localStores.memory();
    const visitor = new Visitor(createSessions<Data>({ store }));
    await visitor.visit((session) => session.set('views', 1));
    expect(visitor.cookie).toMatch(/^__Host-sid=[\w-]{43}$/);
  });

  test('S-29 a Secure cookie that cannot be sent is a warning and an event that name the cause, and nothing is stored', async () => {
    const { store } = localStores.memory();
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const sessions = createSessions<Data>({ store });
    const reasons: string[] = [];
    sessions.on('refused', ({ reason }) => reasons.push(reason));
    for (let round = 0; round < 2; round++) {
      const session = await sessions.open({ host: 'shop.example', 'x-forwarded-proto': 'https' });
      session.set('user', 'alice');
      expect(setCookies(await sessions.commit(session))).toEqual([]);
      expect(session.outcome).toBe('refused');
    }
    expect(reasons[0]).toMatch(/trustProxy/);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(await store.count?.()).toBe(0);
    const session = await sessions.open({ host: 'shop.example' });
    await expect(session.login('alice')).rejects.toMatchObject({ code: 'invalid-option' });
    warn.mockRestore();
  });

  test('S-29 the scheme is believed from as many proxies as are trusted, and no more', async () => {
    const { store } = localStores.memory();
    const secure = async (trustProxy: boolean | number, proto: string): Promise<boolean> => {
      const sessions = createSessions<Data>({ store, trustProxy, cookie: { secure: 'auto' } });
      const session = await sessions.open({ host: 'shop.example', 'x-forwarded-proto': proto });
      session.set('user', 'alice');
      return setCookies(await sessions.commit(session))[0]?.includes('Secure') ?? false;
    };
    expect(await secure(false, 'https')).toBe(false);
    expect(await secure(true, 'https')).toBe(true);
    expect(await secure(true, 'http')).toBe(false);
    // The client claims https, the one trusted proxy saw http.
    expect(await secure(1, 'https, http')).toBe(false);
    expect(await secure(2, 'https, http')).toBe(true);
  });

  test('S-07 V-27 no token appears in errors, events, inspection or JSON', async () => {
    const { store } = localStores.memory();
    const seen: string[] = [];
    const sessions = createSessions<Data>({ store, secret, maxLength: 300 });
    for (const name of [
      'created',
      'regenerated',
      'updated',
      'ended',
      'gone',
      'rejected',
      'failed',
      'conflict',
      'storeCall',
    ] as const) {
      sessions.on(name, (event) => seen.push(inspect(event, { depth: 9 })));
    }
    const tokens: string[] = [];
    const visitor = new Visitor(sessions);
    const { session } = await visitor.visit((session) => session.set('user', 'alice'));
    tokens.push(visitor.token);
    const late = await visitor.clone().open();
    seen.push(
      inspect(session, { depth: 9, showHidden: true }),
      JSON.stringify(session),
      String(session),
    );
    await visitor.visit((session) => session.login('alice'));
    tokens.push(visitor.token);
    late.set('views', 1);
    await sessions.commit(late);
    await visitor
      .visit((session) => session.set('user', 'x'.repeat(500)))
      .catch((error) => seen.push(inspect(error, { depth: 9 })));
    await new Visitor(sessions, `${visitor.cookie}x`).open();
    seen.push(
      inspect(sessions, { depth: 9, showHidden: true }),
      inspect(await sessions.ofUser('alice'), { depth: 9 }),
    );
    expect(seen.join('\n')).toContain('too-large');
    for (const token of tokens) {
      expect(token).toHaveLength(87);
      expect(seen.join('\n')).not.toContain(token);
      expect(seen.join('\n')).not.toContain(token.slice(0, 43));
    }
    expect(seen.join('\n')).not.toContain(secret);
  });

  test('F-28 secrets rotate without ending a session, for MACs, sealed tokens and sealed records', async () => {
    const next = randomBytes(32).toString('base64url');
    const { store } = localStores.memory();
    for (const options of [
      { store },
      { store, encrypt: true },
      { store: cookieSessions() },
    ] satisfies SessionOptions[]) {
      const visitor = new Visitor(createSessions<Data>({ ...options, secret }));
      await visitor.visit((session) => session.set('user', 'alice'));
      const rotating = new Visitor(
        createSessions<Data>({ ...options, secret: [next, secret] }),
        visitor.cookie,
      );
      const { session, headers } = await rotating.visit((session) => session.set('views', 1));
      expect(session.get('user')).toBe('alice');
      expect(setCookies({ headers })).toHaveLength(1);
      const rotated = new Visitor(
        createSessions<Data>({ ...options, secret: next }),
        rotating.cookie,
      );
      expect((await rotated.open()).all()).toEqual({ user: 'alice', views: 1 });
      const forged = new Visitor(
        createSessions<Data>({ ...options, secret: randomBytes(32).toString('hex') }),
        rotating.cookie,
      );
      expect((await forged.open()).isNew).toBe(true);
    }
  });
});
