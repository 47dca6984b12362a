import { describe, expect, test } from 'vitest';
import { createSessions, type SessionError, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { setCookies, Visitor } from '../visitor.js';

interface Data {
  user: string;
  views: number;
}

type Verb = 'read' | 'create' | 'update' | 'touch' | 'destroy';

/**
 * A store whose verbs can be made to fail, to stall, or to answer with nonsense; such servers
 * cannot be had at will.
 */
function faulty(): { store: SessionStore; faults: Partial<Record<Verb, () => Promise<never>>> } {
  const inner = memoryStore();
  const faults: Partial<Record<Verb, () => Promise<never>>> = {};
  const through =
    (verb: Verb) =>
    (...parameters: never[]): Promise<never> =>
      faults[verb]?.() ?? (inner[verb] as (...all: never[]) => Promise<never>)(...parameters);
  return {
    faults,
    store: {
      ...inner,
      name: 'faulty',
      read: through('read'),
      create: through('create'),
      update: through('update'),
      touch: through('touch'),
      destroy: through('destroy'),
    },
  };
}

const down = (): Promise<never> => Promise.reject(new Error('connection refused'));
const stalled = (): Promise<never> => new Promise(() => undefined);

describe('V-24 F-29 a store that is down', () => {
  test.each([
    ['down', down, 'store-failed'],
    ['stalled', stalled, 'store-timeout'],
    [
      'throwing',
      (() => {
        throw new TypeError('bug');
      }) as () => Promise<never>,
      'store-failed',
    ],
  ])(
    '%s: no session is handed out, the error is typed and reported',
    async (_name, fault, code) => {
      const { store, faults } = faulty();
      const sessions = createSessions<Data>({ store, storeTimeout: 20 });
      const failed: SessionError[] = [];
      sessions.on('failed', ({ error }) => failed.push(error));
      const visitor = new Visitor(sessions);
      await visitor.visit((session) => session.set('user', 'alice'));
      faults.read = fault;
      await expect(visitor.open()).rejects.toMatchObject({ code, status: 503 });
      expect(failed).toHaveLength(1);
      // Visitors without a session are served: the store is not asked for them.
      expect((await new Visitor(sessions).open()).isNew).toBe(true);
    },
  );

  test('anonymous by option: an empty session that says so and refuses changes, and the cookie stays', async () => {
    const { store, faults } = faulty();
    const sessions = createSessions<Data>({ store, onStoreError: 'anonymous' });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('user', 'alice'));
    faults.read = down;
    const { session, headers } = await visitor.visit((session) => {
      expect(session.isReadOnly).toBe(true);
      expect(session.get('user')).toBeUndefined();
      expect(() => session.set('user', 'mallory')).toThrow(
        expect.objectContaining({ code: 'read-only' }),
      );
    });
    expect(setCookies({ headers })).toEqual([]);
    await expect(session.login('mallory')).rejects.toMatchObject({ code: 'read-only' });
    delete faults.read;
    expect((await visitor.open()).get('user')).toBe('alice');
  });

  test.each(['create', 'update'] as const)(
    'a failing %s fails the commit, and nothing is half done',
    async (verb) => {
      const { store, faults } = faulty();
      const sessions = createSessions<Data>({ store });
      const visitor = new Visitor(sessions);
      if (verb === 'update') await visitor.visit((session) => session.set('views', 1));
      const session = await visitor.open();
      session.set('views', 2);
      faults[verb] = down;
      await expect(sessions.commit(session)).rejects.toMatchObject({
        code: 'store-failed',
        cause: expect.any(Error),
      });
      delete faults[verb];
      expect((await visitor.open()).get('views')).toBe(verb === 'update' ? 1 : undefined);
      // The request is over: what it wrote is not stored later, and more is refused.
      await expect(sessions.commit(session)).rejects.toMatchObject({ code: 'store-failed' });
      expect(() => session.set('views', 3)).toThrow(
        expect.objectContaining({ code: 'commit-failed' }),
      );
      expect((await visitor.open()).get('views')).toBe(verb === 'update' ? 1 : undefined);
    },
  );

  test('V-03 a login whose old record cannot be ended fails, and both tokens are what they were', async () => {
    const { store, faults } = faulty();
    const sessions = createSessions<Data>({ store });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    faults.update = down;
    const session = await visitor.open();
    await expect(session.login('alice')).rejects.toMatchObject({ code: 'store-failed' });
    await expect(sessions.commit(session)).rejects.toMatchObject({ code: 'store-failed' });
    delete faults.update;
    const after = await visitor.open();
    expect(after.userId).toBeUndefined();
    expect(after.get('views')).toBe(1);
  });

  test('a verb that nobody awaited and that fails, fails the response and not the process', async () => {
    const { store, faults } = faulty();
    const sessions = createSessions<Data>({ store });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    faults.update = down;
    await expect(
      visitor.visit((session) => {
        void session.logout();
      }),
    ).rejects.toMatchObject({ code: 'store-failed' });
  });

  test('F-08 a thousand requests on a stalled store all end at the deadline', async () => {
    const { store, faults } = faulty();
    const sessions = createSessions<Data>({ store, storeTimeout: 50 });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    faults.read = stalled;
    const results = await Promise.allSettled(Array.from({ length: 1000 }, () => visitor.open()));
    expect(
      results.every(
        (result) => result.status === 'rejected' && result.reason.code === 'store-timeout',
      ),
    ).toBe(true);
    delete faults.read;
    expect((await visitor.open()).get('views')).toBe(1);
  });
});

describe('changes that cannot be stored', () => {
  test('S-42 a value that JSON would change is an error that names its path, and the stored data stay', async () => {
    const sessions = createSessions<Record<string, unknown>>({ store: memoryStore() });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const value of [
      10n,
      () => 1,
      Symbol('s'),
      Number.NaN,
      new Date(),
      new Map(),
      [undefined],
      cycle,
      new (class Point {})(),
    ]) {
      const session = await visitor.open();
      session.set('order', { lines: [{ price: value }] });
      await expect(sessions.commit(session)).rejects.toMatchObject({
        code: 'invalid-value',
        path: expect.stringMatching(/^order/),
      });
      expect((await visitor.open()).all()).toEqual({ views: 1 });
    }
  });

  test('data over maxLength are refused with both numbers', async () => {
    const sessions = createSessions<Data>({ store: memoryStore(), maxLength: 100 });
    await expect(
      new Visitor(sessions).visit((session) => session.set('user', 'x'.repeat(101))),
    ).rejects.toThrow(/1\d\d characters.*100/);
  });

  test('a write after the response began is an error in development, and a second commit in production', async () => {
    const sessions = createSessions<Data>({ store: memoryStore() });
    const visitor = new Visitor(sessions);
    const { session } = await visitor.visit((session) => session.set('views', 1));
    expect(() => session.increment('views')).toThrow(expect.objectContaining({ code: 'too-late' }));
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      session.increment('views');
      await session.save();
      expect((await visitor.open()).get('views')).toBe(2);
      // No cookie is out for this one, so nothing could lead to it.
      const { session: late } = await new Visitor(sessions).visit();
      expect(() => late.set('views', 1)).toThrow(expect.objectContaining({ code: 'too-late' }));
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  test('after destroy() every change says so; logout() leaves an empty session to go on with', async () => {
    const clock = manualClock();
    const sessions = createSessions<Data>({
      store: memoryStore({ now: clock.now }),
      now: clock.now,
    });
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('user', 'alice'));
    const { session } = await visitor.clone().visit((session) => session.destroy());
    expect(() => session.set('user', 'bob')).toThrow(expect.objectContaining({ code: 'ended' }));
    clock.advance('31s');
    await visitor.visit((session) => session.set('user', 'alice'));
    const first = visitor.cookie;
    await visitor.visit(async (session) => {
      await session.logout();
      session.set('views', 1);
    });
    expect(visitor.cookie).not.toBe(first);
    expect((await visitor.open()).all()).toEqual({ views: 1 });
  });
});
