import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSessionError, type Session, type SessionStore } from '../../src/index.js';
import { type FaultPlan, planned } from './lossy-store.js';
import { visits } from './visits.js';

interface Data {
  views: number;
}

type Server = ReturnType<typeof visits<Data>>;

const withCode = (code: string): unknown => expect.objectContaining({ code });

function limited(max: number, surplus?: 'endOldest' | 'refuse'): Server {
  return visits<Data>({ sessionsPerUser: { max, surplus } });
}

const login = (server: Server, user = 'ada'): Promise<string> =>
  server.visit('', (session) => session.login(user));

async function alive(server: Server, tokens: readonly string[]): Promise<boolean[]> {
  return Promise.all(tokens.map(async (token) => !(await server.open(token)).isNew));
}

describe("sessionsPerUser with 'endOldest', the default", () => {
  test('ends those that logged in first, also when the clock stands still', async () => {
    const server = limited(2);
    const ended: unknown[] = [];
    server.sessions.on('ended', ({ reason }) => ended.push(reason));
    const tokens: string[] = [];
    for (let device = 0; device < 5; device++) tokens.push(await login(server));
    expect(await alive(server, tokens)).toEqual([false, false, false, true, true]);
    expect(ended).toEqual(['limit', 'limit', 'limit']);
  });

  test('the order is that of the logins, not that of use', async () => {
    const server = limited(2);
    const [first, second] = [await login(server), await login(server)];
    server.clock.advance('1h');
    await server.visit(first, (session) => session.set('views', 1).touch());
    const third = await login(server);
    expect(await alive(server, [first, second, third])).toEqual([false, true, true]);
  });

  test('a login on a server whose clock is behind does not end itself', async () => {
    const server = limited(1);
    const first = await login(server);
    server.clock.set(server.clock.now() - 60_000);
    const second = await login(server);
    expect(await alive(server, [first, second])).toEqual([false, true]);
  });

  test('a second login of the same session is no second session', async () => {
    const server = limited(1);
    let token = await login(server);
    for (let round = 0; round < 3; round++)
      token = await server.visit(token, (session) => session.login('ada'));
    expect(await alive(server, [token])).toEqual([true]);
    expect(await server.sessions.ofUser('ada')).toHaveLength(1);
  });

  test('other users and anonymous visitors are left alone', async () => {
    const server = limited(1);
    const bob = await login(server, 'bob');
    const anonymous = await server.visit('', (session) => session.set('views', 1));
    const tokens = [bob, anonymous, await login(server), await login(server)];
    expect(await alive(server, tokens)).toEqual([true, true, false, true]);
  });

  test('a limit that was lowered holds from the next login on', async () => {
    const server = limited(5);
    const tokens: string[] = [];
    for (let device = 0; device < 5; device++) tokens.push(await login(server));
    const strict = visits<Data>({
      store: server.store,
      now: server.clock.now,
      sessionsPerUser: { max: 2 },
    });
    tokens.push(await login(strict));
    expect(await alive(server, tokens)).toEqual([false, false, false, false, true, true]);
  });

  test('a session that was renewed and not confirmed counts, and is in lists', async () => {
    let isDown = false;
    const server = visits<Data>({ sessionsPerUser: { max: 2 }, rotateAfter: '10m' }, (store) => ({
      ...store,
      // The renewal's last step: the update of the new record.
      update: (id, record, version) =>
        isDown && record.createdAt !== 0
          ? Promise.reject(new Error('read-only'))
          : store.update(id, record, version),
    }));
    const first = await login(server);
    server.clock.advance('10m');
    isDown = true;
    const renewed = await server.visit(first, () => undefined);
    isDown = false;
    expect(renewed).not.toBe(first);
    expect(await server.sessions.ofUser('ada')).toHaveLength(1);
    expect((await server.sessions.list()).sessions).toHaveLength(1);
    const others = [await login(server), await login(server)];
    expect(await alive(server, [renewed, ...others])).toEqual([false, true, true]);
  });
});

describe('a login that cannot be confirmed', () => {
  test.for([
    [1, 'is confirmed with the next try, and counts'],
    [2, 'fails, and leaves no session'],
  ] as const)('%i times: %s', async ([failures]) => {
    const plan: FaultPlan = {};
    const server = visits<Data>({ sessionsPerUser: { max: 1 } }, planned(plan));
    const first = await login(server);
    plan.update = Array.from({ length: failures }, () => 'down' as const);
    const second = await login(server).catch((error) => error.code);
    const isIn = failures === 1;
    expect(await alive(server, [first, isIn ? second : ''])).toEqual([!isIn, isIn]);
    expect(await server.sessions.ofUser('ada')).toHaveLength(1);
    if (!isIn) expect(second).toBe('store-failed');
  });
});

describe("sessionsPerUser with 'refuse'", () => {
  test('the login fails, the response goes on, and the visitor stays who they were', async () => {
    const server = limited(1, 'refuse');
    const first = await login(server);
    const visitor = await server.visit('', (session) => session.set('views', 1));
    const session = await server.open(visitor);
    await expect(session.login('ada')).rejects.toThrow(withCode('session-limit'));
    session.increment('views');
    expect(await server.commit(session, visitor)).toBe(visitor);
    expect(await server.found(visitor)).toEqual({ views: 2 });
    expect(await alive(server, [first])).toEqual([true]);
    expect(await server.sessions.ofUser('ada')).toHaveLength(1);
  });

  test('a user who logs in again in the same session is not refused', async () => {
    const server = limited(1, 'refuse');
    const first = await login(server);
    const second = await server.visit(first, (session) => session.login('ada'));
    expect(await alive(server, [second])).toEqual([true]);
  });

  test('a login after a logout is not refused', async () => {
    const server = limited(1, 'refuse');
    await server.visit(await login(server), (session) => session.logout());
    expect(await alive(server, [await login(server)])).toEqual([true]);
  });

  test('a limit that was lowered ends nobody', async () => {
    const server = limited(3, 'refuse');
    const tokens = [await login(server), await login(server), await login(server)];
    const strict = visits<Data>({
      store: server.store,
      now: server.clock.now,
      sessionsPerUser: { max: 1, surplus: 'refuse' },
    });
    await expect((await strict.sessions.open({})).login('ada')).rejects.toThrow(
      withCode('session-limit'),
    );
    expect(await alive(server, tokens)).toEqual([true, true, true]);
  });
});

test('sessionsPerUser must be a limit', () => {
  for (const wrong of [{ max: 0 }, { max: 1.5 }, { max: 2, surplus: 'endNewest' }, { limit: 3 }, 3])
    expect(() => visits({ sessionsPerUser: wrong as never })).toThrow(withCode('invalid-option'));
});

/** One of several requests at once: from a device that is logged in already, or from a new one. */
interface Device {
  readonly isKnown: boolean;
  readonly act: 'login' | 'regenerate' | 'change';
}

const devices: fc.Arbitrary<Device[]> = fc.array(
  fc.record({
    isKnown: fc.boolean(),
    act: fc.constantFrom('login', 'login', 'regenerate', 'change'),
  }),
  { minLength: 2, maxLength: 5 },
);

/** `store` whose calls arrive, and whose answers come back, in the order that `order` decides. */
function scheduled(store: SessionStore, order: () => fc.Scheduler | undefined): SessionStore {
  const slow = <Call extends unknown[], Result>(
    name: string,
    call: (...parameters: Call) => Promise<Result>,
  ) => {
    return async (...parameters: Call): Promise<Result> => {
      await order()?.schedule(Promise.resolve(), `${name} arrives`);
      const result = await call(...parameters);
      await order()?.schedule(Promise.resolve(), `${name} answers`);
      return result;
    };
  };
  return {
    ...store,
    read: slow('read', store.read),
    create: slow('create', store.create),
    update: slow('update', store.update),
    destroy: slow('destroy', store.destroy),
    byUser: slow('byUser', store.byUser ?? (async () => ({ entries: [] }))),
  };
}

async function handle(session: Session<Data>, { act }: Device): Promise<void> {
  if (act === 'change') session.set('views', 1);
  else if (act === 'regenerate') await session.regenerate();
  else {
    await session.login('ada').catch((error) => {
      if (!isSessionError(error, 'session-limit')) throw error;
    });
  }
}

describe.each(['endOldest', 'refuse'] as const)("logins at once, with '%s'", (surplus) => {
  test('whatever the order, exactly as many sessions live as the limit says', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      devices,
      fc.integer({ min: 1, max: 3 }),
      async (scheduler, all, max) => {
        let order: fc.Scheduler | undefined;
        // The scheduler decides the order, so no real time may run out.
        const options = { sessionsPerUser: { max, surplus }, storeTimeout: '10m' } as const;
        const server = visits<Data>(options, (store) => scheduled(store, () => order));
        const known = all.filter(({ isKnown }) => isKnown).slice(0, max);
        const requests: [Device, Session<Data>][] = [];
        for (const device of all) {
          const from = requests.length % 2 === 0 ? server.sessions : server.other;
          const token = known.includes(device) ? await login(server) : '';
          requests.push([device, await server.open(token, from)]);
        }
        order = scheduler;
        await scheduler.waitFor(
          Promise.all(
            requests.map(async ([device, session], index) => {
              await handle(session, device);
              await (index % 2 === 0 ? server.sessions : server.other).commit(session);
            }),
          ),
        );
        order = undefined;
        const logins = all.filter((device) => device.act === 'login' && !known.includes(device));
        const left = await server.sessions.ofUser('ada');
        expect(left).toHaveLength(Math.min(max, known.length + logins.length));
        // Nobody's answer lacks the token of a session that lives.
        const held = requests.filter(([, session]) => !session.isNew).map(([, { id }]) => id);
        expect(held).toEqual(expect.arrayContaining(left.map(({ id }) => id)));
      },
    );
    await fc.assert(property, { numRuns: process.env.SOJOURN_LONG === '1' ? 5000 : 300 });
  });
});
