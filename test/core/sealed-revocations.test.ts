import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  cookieSessions,
  createSessions,
  type SessionStore,
  type Sessions,
} from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';
import { type FaultPlan, planned } from './lossy-store.js';

interface Data {
  n: number;
}

const secret = randomBytes(32).toString('base64url');

/** Servers on one list of revocations, each with a clock of its own. */
function setUp(wrap: (store: SessionStore) => SessionStore = (store) => store) {
  const clock = manualClock();
  const list = memoryStore({ now: clock.now });
  const serve = (skew = 0): Sessions<Data> =>
    createSessions<Data>({
      store: cookieSessions({ revocations: wrap(list) }),
      secret,
      now: () => clock.now() + skew,
    });
  return { clock, list, serve, sessions: serve() };
}

async function signedIn(sessions: Sessions<Data>): Promise<Visitor<Data>> {
  const visitor = new Visitor(sessions);
  await visitor.visit((session) => session.login('alice'));
  return visitor;
}

describe('V-05 generations of a user compare no clocks', () => {
  test.for([
    ['slow', -5000],
    ['fast', 5000],
  ] as const)(
    'a login right after destroyUser on a server with a %s clock holds',
    async ([, skew]) => {
      const { serve, sessions } = setUp();
      const thief = await signedIn(sessions);
      await sessions.destroyUser('alice');
      const visitor = await signedIn(serve(skew));
      expect((await visitor.open()).userId).toBe('alice');
      expect((await new Visitor(sessions, visitor.cookie).open()).userId).toBe('alice');
      expect((await thief.open()).isNew).toBe(true);
    },
  );

  test.for([-60_000, 60_000])(
    'destroyUser on a server whose clock is %i ms off ends what began before, and no more',
    async (skew) => {
      const { serve, sessions, clock } = setUp();
      const before = await signedIn(sessions);
      await serve(skew).destroyUser('alice');
      clock.advance('1s');
      const after = await signedIn(sessions);
      expect([(await before.open()).isNew, (await after.open()).userId]).toEqual([true, 'alice']);
    },
  );

  test('in one millisecond too', async () => {
    const { sessions } = setUp();
    for (let round = 0; round < 3; round++) {
      const before = await signedIn(sessions);
      await sessions.destroyUser('alice');
      const after = await signedIn(sessions);
      expect([(await before.open()).isNew, (await after.open()).userId]).toEqual([true, 'alice']);
    }
  });

  test('a session keeps its generation through changes, touches and regenerate', async () => {
    const { sessions, clock } = setUp();
    const visitor = await signedIn(sessions);
    const copies: Visitor<Data>[] = [visitor.clone()];
    await visitor.visit((session) => session.set('n', 1));
    copies.push(visitor.clone());
    clock.advance('5m');
    await visitor.visit((session) => session.touch());
    copies.push(visitor.clone());
    await visitor.visit((session) => session.regenerate());
    copies.push(visitor);
    await sessions.destroyUser('alice');
    for (const copy of copies) expect((await copy.open()).isNew).toBe(true);
  });
});

describe('F-33 a revocation whose reply is lost', () => {
  test.for(['logout', 'destroy', 'regenerate', 'login'] as const)(
    'and that is sent again is recognised by %s',
    async (verb) => {
      const plan: FaultPlan = {};
      const { sessions } = setUp(planned(plan));
      const visitor = await signedIn(sessions);
      await visitor.visit((session) => session.set('n', 1));
      const copy = visitor.clone();
      plan.create = ['resent'];
      let outcome: unknown;
      await visitor.visit(async (session) => {
        outcome = await (verb === 'login' ? session.login('alice') : session[verb]());
      });
      const hasMoved = verb === 'login' || verb === 'regenerate';
      expect(outcome).toBe(hasMoved ? 'regenerated' : 'destroyed');
      expect((await copy.open()).isNew).toBe(true);
      const next = await visitor.open();
      expect([next.userId, next.get('n')]).toEqual(
        hasMoved ? ['alice', 1] : [undefined, undefined],
      );
    },
  );

  test('of sessions.destroy says that it ended the session', async () => {
    const plan: FaultPlan = {};
    const { sessions } = setUp(planned(plan));
    const { id } = await (await signedIn(sessions)).open();
    plan.create = ['resent'];
    expect(await sessions.destroy(id)).toBe(true);
    expect(await sessions.destroy(id)).toBe(false);
  });
});

test('reload drops the changes of the request, and notices that the session ended', async () => {
  const { sessions } = setUp();
  const visitor = await signedIn(sessions);
  const session = await visitor.open();
  session.set('n', 1);
  expect(await session.reload()).toBe('unchanged');
  expect([session.userId, session.get('n')]).toEqual(['alice', undefined]);
  await sessions.destroyUser('alice');
  expect(await session.reload()).toBe('gone');
});
