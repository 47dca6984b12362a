import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import { createSessions, isSessionError } from '../../src/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { seeded } from '../security/seeded.js';
import { type Fault, type FaultPlan, lossyStore, planned } from './lossy-store.js';
import { visits } from './visits.js';

interface Data {
  n: number;
  x: number;
  y: number;
  cart: { count: number; items: string[] };
}

const COMMIT_FAILED = 'commit-failed';

function setUp(plan: FaultPlan, options = {}) {
  return visits<Data>(options, planned(plan));
}

/** What a verb came to, or the code of its error. */
async function result(verb: Promise<unknown>): Promise<unknown> {
  try {
    return await verb;
  } catch (error) {
    if (isSessionError(error)) return error.code;
    throw error;
  }
}

describe('F-33 a write whose reply is lost counts once or is reported as failed', () => {
  const SEEDS = process.env.SOJOURN_LONG === '1' ? 20 : 2;

  test.for(Array.from({ length: SEEDS }, (_, seed) => seed))(
    '1,000 increments under contention, seed %i',
    async (seed) => {
      const random = seeded(seed);
      const faults = ['resent', 'lost', 'down'] as const;
      const wrap = (store: SessionStore) =>
        lossyStore(store, (write) =>
          write === 'update' && random(5) === 0 ? (faults[random(3)] ?? 'none') : 'none',
        );
      const { open, visit, found, sessions, other } = visits<Data>({}, wrap);
      const token = await visit('', (session) => session.set('n', 0));
      let acknowledged = 0;
      let failed = 0;

      async function increment(session: Session<Data>, server: typeof sessions): Promise<void> {
        session.increment('n');
        // A handler may catch what its save throws: the response fails all the same.
        if (random(2) === 0) await session.save().catch(() => undefined);
        await server.commit(session);
      }
      async function client(server: typeof sessions): Promise<void> {
        for (let done = 0; done < 50; done++) {
          const session = await open(token, server);
          for (let turns = random(4); turns > 0; turns--)
            await new Promise((resolve) => setImmediate(resolve));
          await increment(session, server).then(
            () => acknowledged++,
            () => failed++,
          );
        }
      }
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => client(index % 2 === 0 ? sessions : other)),
      );

      const { n } = (await found(token)) as { n: number };
      expect(acknowledged + failed).toBe(1000);
      expect(failed).toBeGreaterThan(0);
      expect(n).toBeGreaterThanOrEqual(acknowledged);
      expect(n).toBeLessThanOrEqual(acknowledged + failed);
    },
  );

  test('each of 1,000 increments that are only re-sent counts once', async () => {
    const random = seeded(7);
    const { visit, open, found, sessions, other } = visits<Data>({}, (store) =>
      lossyStore(store, () => (random(3) === 0 ? 'resent' : 'none')),
    );
    const token = await visit('', (session) => session.set('n', 0));
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const server = index % 2 === 0 ? sessions : other;
        for (let done = 0; done < 50; done++) {
          const session = await open(token, server);
          session.increment('n');
          await server.commit(session);
        }
      }),
    );
    expect(await found(token)).toEqual({ n: 1000 });
  });
});

describe('F-33 a save that failed is final, also when it was stored all the same', () => {
  test('the response fails too, and the change counts once', async () => {
    const plan: FaultPlan = {};
    const { visit, open, commit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    const session = await open(token);
    session.increment('n');
    expect(await result(session.save())).toBe('store-failed');
    expect(() => session.increment('x')).toThrow(expect.objectContaining({ code: COMMIT_FAILED }));
    expect(await result(commit(session))).toBe('store-failed');
    expect(await found(token)).toEqual({ n: 1 });
  });

  test('so does that of a new session', async () => {
    const { open, commit, store } = setUp({ create: ['lost'] });
    const session = await open('');
    session.set('n', 1);
    expect(await result(session.save())).toBe('store-failed');
    expect(() => session.set('x', 2)).toThrow(expect.objectContaining({ code: COMMIT_FAILED }));
    expect(await result(commit(session))).toBe('store-failed');
    expect(await store.count?.()).toBe(1);
  });

  test.for(['login', 'regenerate', 'logout', 'destroy', 'save', 'reload'] as const)(
    '%s says so and does nothing',
    async (verb) => {
      const plan: FaultPlan = {};
      const { visit, open, commit, found } = setUp(plan);
      const token = await visit('', (session) => session.set('n', 0));
      plan.update = ['lost'];
      const session = await open(token);
      session.increment('n');
      expect(await result(session.save())).toBe('store-failed');
      const outcome = verb === 'login' ? session.login('ada') : session[verb]();
      expect(await result(outcome)).toBe(COMMIT_FAILED);
      expect(await result(commit(session))).toBe('store-failed');
      expect(await found(token)).toEqual({ n: 1 });
    },
  );

  test('it is not stored again behind a queue of other requests of the process', async () => {
    const plan: FaultPlan = {};
    const { visit, open, commit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    const opened = await Promise.all([open(token), open(token), open(token)]);
    for (const session of opened) session.increment('n');
    const [first, second, third] = opened;
    expect(await result(first.save())).toBe('store-failed');
    const [, again] = await Promise.all([commit(second), result(commit(first)), commit(third)]);
    expect([again, await found(token)]).toEqual(['store-failed', { n: 3 }]);
  });

  test.for([
    ['invalid-value', Number.NaN, {}],
    ['too-large', 12345678901234, { maxLength: 80 }],
  ] as const)(
    'a value that is %s was never sent: it can be taken back',
    async ([code, x, options]) => {
      const { visit, open, commit, found } = setUp({}, options);
      const token = await visit('', (session) => session.set('n', 0));
      const session = await open(token);
      session.set('x', x);
      expect(await result(session.save())).toBe(code);
      await visit(token, (later) => later.increment('n'));
      session.set('x', 3);
      await commit(session);
      expect(await found(token)).toEqual({ n: 1, x: 3 });
    },
  );
});

describe('S-15 a renewal whose replies are lost', () => {
  const STEPS = [
    ['the new record', (fault: Fault): FaultPlan => ({ create: [fault] })],
    ['the trace of the old one', (fault: Fault): FaultPlan => ({ update: [fault] })],
    ['the confirmation', (fault: Fault): FaultPlan => ({ update: ['none', fault] })],
  ] as const;

  for (const [step, planOf] of STEPS) {
    test.for(['resent', 'lost', 'down'] as const)(
      `${step} is %s: the change counts once and both tokens work`,
      async (fault) => {
        const plan: FaultPlan = {};
        const { visit, open, commit, found, clock } = setUp(plan, { rotateAfter: '15m' });
        const token = await visit('', (session) => session.set('n', 0));
        clock.advance('20m');
        Object.assign(plan, planOf(fault));
        const session = await open(token);
        session.increment('n');
        const sent = await commit(session, token);
        expect(await found(token)).toEqual({ n: 1 });
        expect(await found(sent)).toEqual({ n: 1 });
        await visit(sent, (later) => later.increment('n'));
        expect(await found(token)).toEqual({ n: 2 });
      },
    );
  }

  test('S-16 S-17 a logout with a replaced token ends the session although its reply is lost', async () => {
    const plan: FaultPlan = {};
    const { visit, open, found, clock, store } = setUp(plan, { rotateAfter: '15m' });
    const token = await visit('', (session) => session.set('n', 0));
    const slow = await open(token);
    clock.advance('20m');
    const renewed = await visit(token, () => undefined);
    plan.update = ['resent', 'resent'];
    expect(await slow.logout()).toBe('destroyed');
    expect(await found(renewed)).toBeUndefined();
    expect(await store.count?.()).toBe(0);
  });
});

describe('F-07 a write that arrives late', () => {
  /** A store whose updates wait until they are let go; the caller's call has timed out by then. */
  function holding(store: SessionStore): { held: SessionStore; deliver: () => Promise<void> } {
    const late: (() => Promise<unknown>)[] = [];
    const held: SessionStore = {
      ...store,
      update: (id, record, version) => {
        late.push(() => store.update(id, record, version));
        return new Promise(() => undefined);
      },
    };
    return {
      held,
      async deliver() {
        for (const write of late.splice(0)) await write();
      },
    };
  }

  async function withLateWrite(meanwhile: (session: Session<Data>) => Promise<unknown>) {
    const { visit, store, found, open, clock } = visits<Data>();
    const { held, deliver } = holding(store);
    const slow = createSessions<Data>({ store: held, now: clock.now, storeTimeout: '20ms' });
    const token = await visit('', (session) => session.set('n', 0));
    const session = await slow.open({ cookie: `__Host-sid=${token}` }, { secure: true });
    session.increment('n');
    expect(await result(slow.commit(session))).toBe('store-timeout');
    await meanwhile(await open(token));
    await deliver();
    return { found: await found(token), count: await store.count?.() };
  }

  test('S-16 V-01 does not bring a destroyed session back', async () => {
    expect(await withLateWrite((session) => session.destroy())).toEqual({
      found: undefined,
      count: 0,
    });
  });

  test('S-12 does not bring a replaced token back', async () => {
    expect(await withLateWrite((session) => session.regenerate())).toEqual({
      found: undefined,
      count: 1,
    });
  });

  test('V-02 does not overwrite a later change', async () => {
    const { found } = await withLateWrite((session) => session.set('x', 1).save());
    expect(found).toEqual({ n: 0, x: 1 });
  });
});
