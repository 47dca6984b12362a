import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import { isSessionError, type SessionOptions, type SessionStore } from '../../src/index.js';
import { FAULTS, type Fault, type FaultPlan, network, planned, type Write } from './lossy-store.js';
import { type Visits, visits } from './visits.js';

interface Data {
  n: number;
}

/** Long enough for a busy machine. What never arrives is waited for so long. */
const TIMEOUT = 200;

/** What a verb came to, or the code of its error. */
async function result(verb: Promise<unknown>): Promise<unknown> {
  try {
    return await verb;
  } catch (error) {
    if (isSessionError(error)) return error.code;
    throw error;
  }
}

/** The ways to a new token, and the user whose session the client has before. */
const MOVES = {
  'login of a stranger without a session': {
    before: undefined,
    move: (session: Session<Data>) => session.login('ada'),
  },
  'login of a visitor': {
    before: (session: Session<Data>) => session.set('n', 0),
    move: (session: Session<Data>) => session.login('ada'),
  },
  'login of a user who is logged in': {
    before: (session: Session<Data>) => session.set('n', 0).login('ada'),
    move: (session: Session<Data>) => session.login('ada'),
  },
  'regenerate of a user': {
    before: (session: Session<Data>) => session.set('n', 0).login('ada'),
    move: (session: Session<Data>) => session.regenerate(),
  },
} as const;

type Name = keyof typeof MOVES;

/** The writes of a move, in turn. */
const WRITES = [
  ['the new record', 'create', 0],
  ['the trace of the old one', 'update', 0],
  ['the confirmation', 'update', 1],
] as const;

function planOf(write: Write, skip: number, fault: Fault): FaultPlan {
  return { [write]: [...Array.from({ length: skip }, () => 'none' as const), fault] };
}

function timeoutFor(fault: Fault): Partial<SessionOptions> {
  return fault === 'late' ? { storeTimeout: TIMEOUT } : {};
}

function setUp(wrap: (store: SessionStore) => SessionStore, options: Partial<SessionOptions> = {}) {
  const made = visits<Data>(options, wrap);
  return {
    ...made,
    /** Ids that the lists show, beside the one of the client's own session. */
    async strayDevices(token: string): Promise<string[]> {
      const { id } = await made.open(token, made.other);
      const { sessions } = await made.other.list();
      const devices = await made.other.ofUser('ada');
      return [...sessions, ...devices].map((device) => device.id).filter((other) => other !== id);
    },
  };
}

async function begun({ visit }: Visits<Data>, name: Name): Promise<string> {
  const { before } = MOVES[name];
  return before === undefined ? '' : visit('', before);
}

const NAMES = Object.keys(MOVES) as Name[];

describe.for(NAMES)('V-03 F-33 %s', (name) => {
  // Without an old record there is no trace to write: the confirmation is the first update.
  const writes = WRITES.filter(([, , skip]) => MOVES[name].before !== undefined || skip === 0);

  for (const [step, write, skip] of writes) {
    test.for(FAULTS)(`${step} is %s: no device is left that nobody holds`, async (fault) => {
      const plan: FaultPlan = {};
      const net = network();
      const server = setUp(planned(plan, net), timeoutFor(fault));
      const { open, commit, found, clock, store, strayDevices } = server;
      const old = await begun(server, name);
      const isLoggedIn = (await open(old)).userId !== undefined;
      Object.assign(plan, planOf(write, skip, fault));
      const session = await open(old);
      session.increment('n');
      const moved = await result(MOVES[name].move(session));
      const hasMoved = moved === 'regenerated' || moved === 'created';
      const sent = await result(commit(session, old));
      await net.deliver();

      if (hasMoved) {
        expect(sent).not.toBe(old);
        expect(await found(String(sent))).toEqual({ n: 1 });
        expect((await open(String(sent))).userId).toBe('ada');
        expect((await open(old)).isNew).toBe(true);
        expect(await strayDevices(String(sent))).toEqual([]);
      } else {
        // The response failed: the client still has the old token, for the old session or for none.
        expect(sent).toBe(moved);
        expect([undefined, { n: 0 }]).toContainEqual(await found(old));
        if (!isLoggedIn) expect((await open(old)).userId).toBeUndefined();
        // A user's own session that moves is shown while it does, for six minutes at most.
        if (isLoggedIn) clock.advance('6m');
        expect(await strayDevices(old)).toEqual([]);
      }
      clock.advance('7m');
      expect(await store.count?.()).toBeLessThanOrEqual(1);
    });

    test.for(FAULTS)(
      `${step} is %s, and the handler tries again: one clean session`,
      async (fault) => {
        const plan: FaultPlan = {};
        const net = network();
        const server = setUp(planned(plan, net), timeoutFor(fault));
        const { open, commit, found, clock, store, strayDevices } = server;
        const old = await begun(server, name);
        Object.assign(plan, planOf(write, skip, fault));
        const session = await open(old);
        session.increment('n');
        const first = await result(MOVES[name].move(session));
        const isRegenerate = name === 'regenerate of a user';
        const hasMoved = first === 'regenerated' || first === 'created';
        const second = hasMoved ? first : await result(session.login('ada'));
        expect(['regenerated', 'created']).toContain(second);
        const token = await commit(session, old);
        await net.deliver();
        expect(token).not.toBe(old);
        expect(await found(token)).toEqual({ n: 1 });
        expect([(await open(token)).userId, await found(old)]).toEqual(['ada', undefined]);
        expect(await strayDevices(token)).toEqual([]);
        if (!isRegenerate) expect(await server.other.ofUser('ada')).toHaveLength(1);
        clock.advance('7m');
        expect(await store.count?.()).toBe(1);
      },
    );
  }

  test.for(Array.from({ length: writes.length }, (_, index) => index))(
    'the process dies after %i of its writes: no device is left that nobody holds',
    async (survived) => {
      let left = Number.POSITIVE_INFINITY;
      const dying = (store: SessionStore): SessionStore => {
        const send = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
          left-- > 0 ? call() : new Promise(() => undefined);
        return {
          ...store,
          create: (id, record) => send(() => store.create(id, record)),
          update: (id, record, version) => send(() => store.update(id, record, version)),
        };
      };
      const server = setUp(dying, timeoutFor('late'));
      const { open, clock, store, strayDevices } = server;
      const old = await begun(server, name);
      const session = await open(old);
      const isLoggedIn = session.userId !== undefined;
      left = survived;
      // Its response never leaves.
      await result(MOVES[name].move(session));
      left = Number.POSITIVE_INFINITY;
      if (isLoggedIn) clock.advance('6m');
      expect(await strayDevices(old)).toEqual([]);
      clock.advance('7m');
      expect(await store.count?.()).toBeLessThanOrEqual(1);
    },
  );
});

describe('V-03 what follows a login', () => {
  function limited(plan: FaultPlan) {
    return setUp(planned(plan), { sessionsPerUser: { max: 1 } });
  }

  test.for(['lost', 'down'] as const)(
    'a limit that cannot be kept fails the login, and leaves no device that nobody holds (%s)',
    async (fault) => {
      const plan: FaultPlan = {};
      const { visit, open, commit, other, clock } = limited(plan);
      const phone = await visit('', (session) => session.login('ada'));
      clock.advance('1m');
      const laptop = await open('');
      // The confirmation arrives, the end of the phone's session does not.
      plan.update = ['none', fault];
      expect(await result(laptop.login('ada'))).toBe('store-failed');
      expect(await result(commit(laptop))).toBe('store-failed');
      const held = (await open(phone, other)).id;
      const strays = (await other.ofUser('ada')).filter(({ id }) => id !== held);
      expect(strays).toEqual([]);
    },
  );

  test('a login that is tried again after that is clean', async () => {
    const plan: FaultPlan = {};
    const { visit, open, commit, found, other, clock } = limited(plan);
    await visit('', (session) => session.login('ada'));
    clock.advance('1m');
    const laptop = await open('');
    laptop.set('n', 1);
    plan.update = ['none', 'down'];
    expect(await result(laptop.login('ada'))).toBe('store-failed');
    expect(await laptop.login('ada')).toBe('created');
    const token = await commit(laptop);
    expect(await found(token)).toEqual({ n: 1 });
    expect((await other.ofUser('ada')).map(({ id }) => id)).toEqual([laptop.id]);
  });
});
