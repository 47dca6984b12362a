import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import { createSessions, isSessionError } from '../../src/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { seeded } from '../security/seeded.js';
import { type FaultPlan, lossyStore, planned } from './lossy-store.js';
import { visits } from './visits.js';

interface Data {
  n: number;
  x: number;
  y: number;
  cart: { count: number; items: string[] };
}

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
        // A handler that catches what its save throws: the response stores the same change again.
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

describe('F-33 a handler goes on after a save that failed and was stored all the same', () => {
  test('the response does not store it again', async () => {
    const plan: FaultPlan = {};
    const { visit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    await visit(token, async (session) => {
      session.increment('n');
      expect(await result(session.save())).toBe('store-failed');
      session.increment('x');
    });
    expect(await found(token)).toEqual({ n: 1, x: 1 });
  });

  test('what a new session gets after it is stored too', async () => {
    const { visit, found } = setUp({ create: ['lost'] });
    const token = await visit('', async (session) => {
      session.set('n', 1);
      expect(await result(session.save())).toBe('store-failed');
      session.set('x', 2);
    });
    expect(await found(token)).toEqual({ n: 1, x: 2 });
  });

  test('a change inside an object after it is stored too', async () => {
    const plan: FaultPlan = {};
    const { visit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('cart', { count: 0, items: [] }));
    plan.update = ['lost'];
    await visit(token, async (session) => {
      session.set('x', 1);
      expect(await result(session.save())).toBe('store-failed');
      session.get('cart')?.items.push('tea');
    });
    expect(await found(token)).toEqual({ cart: { count: 0, items: ['tea'] }, x: 1 });
  });

  test.for(['regenerate', 'login'] as const)('%s takes it along once', async (verb) => {
    const plan: FaultPlan = {};
    const { visit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    const moved = await visit(token, async (session) => {
      session.increment('n');
      expect(await result(session.save())).toBe('store-failed');
      expect(await (verb === 'login' ? session.login('ada') : session.regenerate())).toBe(
        'regenerated',
      );
    });
    expect(await found(moved)).toEqual({ n: 1 });
    expect(await found(token)).toBeUndefined();
  });

  test('it is not stored again behind a queue of other requests of the process', async () => {
    const plan: FaultPlan = {};
    const { visit, open, commit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    const opened = await Promise.all([open(token), open(token), open(token)]);
    for (const session of opened) session.increment('n');
    const [first, second, third] = opened;
    expect(await result(first.save())).toBe('store-failed');
    await Promise.all([commit(second), result(commit(first)), commit(third)]);
    expect(await found(token)).toEqual({ n: 3 });
  });

  test('when another request of the process wrote since, that it cannot be known is said', async () => {
    const plan: FaultPlan = {};
    const { visit, open, commit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    const session = await open(token);
    session.increment('n');
    expect(await result(session.save())).toBe('store-failed');
    await visit(token, (later) => later.increment('n'));
    expect(await result(commit(session))).toBe('conflict');
    expect(await found(token)).toEqual({ n: 2 });
  });

  test('after a reload new changes are new ones', async () => {
    const plan: FaultPlan = {};
    const { visit, open, other, commit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.update = ['lost'];
    const session = await open(token);
    session.set('x', 1);
    expect(await result(session.save())).toBe('store-failed');
    await session.reload();
    session.increment('n');
    const racer = await open(token, other);
    racer.set('y', 1);
    await other.commit(racer);
    await commit(session);
    expect(await found(token)).toEqual({ n: 1, x: 1, y: 1 });
  });

  test('a value that could not be stored leaves no doubt about the next one', async () => {
    const { visit, open, commit, found } = setUp({});
    const token = await visit('', (session) => session.set('n', 0));
    const session = await open(token);
    session.set('x', Number.NaN);
    expect(await result(session.save())).toBe('invalid-value');
    await visit(token, (later) => later.increment('n'));
    session.set('x', 3);
    await commit(session);
    expect(await found(token)).toEqual({ n: 1, x: 3 });
  });
});

describe('F-33 a move whose replies are lost', () => {
  const STEPS = [
    { step: 'the new record', verb: 'create' },
    { step: 'the end of the old one', verb: 'destroy' },
  ] as const;

  for (const verb of ['regenerate', 'login'] as const) {
    for (const { step, verb: write } of STEPS) {
      for (const fault of ['resent', 'lost', 'down'] as const) {
        test(`V-03 ${verb}, ${step}: ${fault}`, async () => {
          const plan: FaultPlan = {};
          const { visit, open, commit, found, sessions, store } = setUp(plan);
          const token = await visit('', (session) => session.set('n', 0));
          plan[write] = [fault];
          const session = await open(token);
          session.increment('n');
          const outcome = await result(
            verb === 'login' ? session.login('ada') : session.regenerate(),
          );
          const sent = await result(commit(session));
          if (outcome === 'regenerated') {
            expect(await found(String(sent))).toEqual({ n: 1 });
            expect(await found(token)).toBeUndefined();
            expect(await store.count?.()).toBe(1);
          } else {
            // Nothing half-done can be reached: the old session as it was, or none.
            const whenResent = verb === 'login' ? 'conflict' : 'gone';
            expect(outcome).toBe(fault === 'resent' ? whenResent : 'store-failed');
            expect(sent).toBe(outcome === 'gone' ? '' : outcome);
            expect([{ n: 0 }, undefined]).toContainEqual(await found(token));
            expect(await sessions.ofUser('ada')).toEqual([]);
          }
        });
      }
    }
  }

  test('V-03 when neither record can be deleted, login fails and the old token stays nobody', async () => {
    const plan: FaultPlan = {};
    const { visit, open, commit, found } = setUp(plan);
    const token = await visit('', (session) => session.set('n', 0));
    plan.destroy = ['down', 'down'];
    const session = await open(token);
    expect(await result(session.login('ada'))).toBe('store-failed');
    expect(await result(commit(session))).toBe('store-failed');
    const later = await open(token);
    expect([later.userId, await found(token)]).toEqual([undefined, { n: 0 }]);
  });

  test.for(['resent', 'lost', 'down'] as const)(
    'S-15 the session survives a renewal whose pointer is %s',
    async (fault) => {
      const plan: FaultPlan = {};
      const { visit, open, commit, found, clock } = setUp(plan, { rotateAfter: '15m' });
      const token = await visit('', (session) => session.set('n', 0));
      clock.advance('20m');
      plan.update = [fault];
      const session = await open(token);
      session.increment('n');
      const renewed = await result(commit(session, token));
      if (fault === 'resent') expect(renewed).not.toBe(token);
      else expect(renewed).toBe('store-failed');
      const n = fault === 'down' ? 0 : 1;
      expect(await found(token)).toEqual({ n });
      if (fault === 'resent') expect(await found(String(renewed))).toEqual({ n });
    },
  );

  test('S-16 S-17 a logout with a replaced token ends the session although its reply is lost', async () => {
    const plan: FaultPlan = {};
    const { visit, open, found, clock, store } = setUp(plan, { rotateAfter: '15m' });
    const token = await visit('', (session) => session.set('n', 0));
    const slow = await open(token);
    clock.advance('20m');
    const renewed = await visit(token, () => undefined);
    plan.destroy = ['resent', 'resent'];
    await slow.logout();
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
