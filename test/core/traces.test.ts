import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import { createSessions, headerTransport, type SessionStore } from '../../src/index.js';
import { seeded } from '../security/seeded.js';
import { sentToken, visits } from './visits.js';

interface Data {
  n: number;
}

const ROTATION = { rotateAfter: '15m', rotationOverlap: '30s' } as const;

/** The ways to move a session to another id, by a request that has its token. */
const MOVES = {
  login: (session: Session<Data>) => session.login('ada'),
  regenerate: (session: Session<Data>) => session.regenerate(),
  renewal: () => undefined,
} as const;

type Move = keyof typeof MOVES;
const KINDS = Object.keys(MOVES) as Move[];

/** Two servers; `other` does not renew tokens itself. */
function setUp() {
  const made = visits<Data>(ROTATION);
  const { store, clock } = made;
  const transport = headerTransport('x-session');
  return { ...made, other: createSessions<Data>({ store, now: clock.now, transport }) };
}

/** A session that moved. */
async function moved(kind: Move) {
  const made = setUp();
  const { visit, open, clock } = made;
  const oldToken = await visit('', (session) => session.set('n', 1).login('ada'));
  const { id: oldId, handle } = await open(oldToken);
  if (kind === 'renewal') clock.advance('16m');
  const token = await visit(oldToken, MOVES[kind]);
  const { id } = await open(token);
  expect([token === oldToken, id === oldId]).toEqual([false, false]);
  return { ...made, oldToken, oldId, token, id, handle };
}

describe.for(KINDS)('the id of before a %s', (kind) => {
  test('S-16 reads the session, in each process', async () => {
    const { sessions, other, oldId, id, handle } = await moved(kind);
    for (const server of [sessions, other])
      expect(await server.read(oldId)).toMatchObject({ id, handle, userId: 'ada', data: { n: 1 } });
  });

  test('S-16 destroys the session, in a process that does not renew tokens', async () => {
    const { other, oldId, token, found } = await moved(kind);
    expect(await other.destroy(oldId)).toBe(true);
    expect(await found(token)).toBeUndefined();
    expect(await other.destroy(oldId)).toBe(false);
  });

  test('S-16 changes the session', async () => {
    const { other, oldId, token, found } = await moved(kind);
    expect(await other.change(oldId, (session) => session.set('n', 5))).toBe('updated');
    expect(await found(token)).toEqual({ n: 5 });
  });

  test('S-17 names the session that destroyUser keeps', async () => {
    const { other, visit, open, oldId, token } = await moved(kind);
    const stolen = await visit('', (session) => session.login('ada'));
    expect(await other.destroyUser('ada', { except: oldId })).toBe(1);
    expect([(await open(token)).userId, (await open(stolen)).isNew]).toEqual(['ada', true]);
  });

  test('S-17 names the session that destroyUser ends', async () => {
    const { other, visit, open, oldId, token } = await moved(kind);
    const phone = await visit('', (session) => session.login('ada'));
    expect(await other.destroyUser('ada', { only: oldId })).toBe(1);
    expect([(await open(token)).isNew, (await open(phone)).userId]).toEqual([true, 'ada']);
  });

  test('is in no list and no count', async () => {
    const { sessions, store, id } = await moved(kind);
    expect((await sessions.list()).sessions.map((session) => session.id)).toEqual([id]);
    expect((await sessions.ofUser('ada')).map((session) => session.id)).toEqual([id]);
    expect([await sessions.count(), await store.count?.()]).toEqual([1, 1]);
  });
});

describe('the token of before', () => {
  test.for(['login', 'regenerate'] as const)('a %s is never followed', async (kind) => {
    const { open, oldToken } = await moved(kind);
    expect((await open(oldToken)).isNew).toBe(true);
  });

  test('a renewal is followed, in a process that does not renew tokens too', async () => {
    const { other, oldToken, id } = await moved('renewal');
    const session = await other.open({ 'x-session': oldToken });
    expect([session.id, session.get('n')]).toEqual([id, 1]);
    session.increment('n');
    expect(sentToken(await other.commit(session))).toBeUndefined();
    expect((await other.read(id))?.data).toEqual({ n: 2 });
  });

  test('a renewal and then a login is dead', async () => {
    const { open, visit, oldToken, token } = await moved('renewal');
    await visit(token, (session) => session.login('ada'));
    expect((await open(oldToken)).isNew).toBe(true);
    expect((await open(oldToken)).trace().join()).toMatch(/gone/);
  });

  test('S-16 a logout with it ends the session, in a process that does not renew tokens', async () => {
    const { visit, clock, found, other } = setUp();
    const old = await visit('', (session) => session.login('bob'));
    clock.advance('16m');
    const late = await other.open({ 'x-session': old });
    const renewed = await visit(old, () => undefined);
    expect(await late.logout()).toBe('destroyed');
    await other.commit(late);
    expect(await found(renewed)).toBeUndefined();
  });
});

test.for(['10s', '2m'] as const)(
  'S-16 an id in a list of devices is no replay: %s after the renewed token was used it ends the device',
  async (late) => {
    const { sessions, visit, open, clock, oldId, token } = await moved('renewal');
    const replayed: unknown[] = [];
    sessions.on('replayed', (event) => replayed.push(event));
    await visit(token, () => undefined);
    clock.advance(late);
    expect(await sessions.read(oldId)).toMatchObject({ userId: 'ada' });
    expect((await open(token)).userId).toBe('ada');
    expect(await sessions.destroy(oldId)).toBe(true);
    expect([(await open(token)).isNew, replayed]).toEqual([true, []]);
  },
);

test('a trace of a login lives for deadFor, that of a renewal as long as the session', async () => {
  const login = await moved('login');
  expect(await login.store.read(login.oldId)).toBeDefined();
  login.clock.advance('30s');
  expect(await login.store.read(login.oldId)).toBeUndefined();

  const renewal = await moved('renewal');
  renewal.clock.advance('1h');
  expect(await renewal.store.read(renewal.oldId)).toBeDefined();
  expect((await renewal.open(renewal.oldToken)).userId).toBe('ada');
});

test('a trace is not touched back to life', async () => {
  const { store, oldId, clock } = await moved('regenerate');
  expect(await store.touch(oldId, clock.now() + 1e9, clock.now())).toBe(false);
});

describe('S-17 destroyUser while sessions move', () => {
  /** A store whose pages and reads take a few turns of the event loop. */
  function slow(store: SessionStore, turns: () => number): SessionStore {
    const wait = async (): Promise<void> => {
      for (let left = turns(); left > 0; left--) await new Promise((go) => setImmediate(go));
    };
    return {
      ...store,
      async byUser(userId, page) {
        const found = await store.byUser?.(userId, page);
        await wait();
        return found ?? { entries: [] };
      },
      async read(id) {
        await wait();
        return store.read(id);
      },
    };
  }

  test.for([1, 2, 3])('no session that moves meanwhile survives, seed %i', async (seed) => {
    const random = seeded(seed);
    const server = visits<Data>(ROTATION, (store) => slow(store, () => random(4)));
    const { sessions, other, open, visit, clock } = server;
    const tokens = await Promise.all(
      Array.from({ length: 30 }, () => visit('', (session) => session.login('ada'))),
    );
    clock.advance('16m');
    const all = new Set(tokens);

    async function client(first: string, kind: number): Promise<void> {
      let token = first;
      for (let moves = random(3); moves >= 0; moves--) {
        const session = await open(token, other);
        if (session.userId === undefined) return;
        if (kind === 0) await session.regenerate();
        if (kind === 1) session.increment('n');
        token = sentToken(await other.commit(session)) ?? token;
        all.add(token);
      }
    }
    await Promise.all([
      sessions.destroyUser('ada'),
      ...tokens.map((token, index) => client(token, index % 3)),
    ]);
    const alive = await Promise.all([...all].map(async (token) => (await open(token)).userId));
    expect(alive.filter((userId) => userId !== undefined)).toEqual([]);
    expect(await sessions.ofUser('ada')).toEqual([]);
  });

  test('it counts each session once, whatever its token is by then', async () => {
    const { sessions, visit, clock } = visits<Data>(ROTATION);
    const tokens = await Promise.all(
      Array.from({ length: 5 }, () => visit('', (session) => session.login('ada'))),
    );
    clock.advance('16m');
    await visit(tokens[0] ?? '', () => undefined);
    await visit(tokens[1] ?? '', (session) => session.regenerate());
    expect(await sessions.destroyUser('ada')).toBe(5);
    expect(await sessions.destroyUser('ada')).toBe(0);
  });

  test('sessions that keep beginning are a conflict that says so', async () => {
    const made = visits<Data>({}, (store) => ({
      ...store,
      async byUser(userId, page) {
        const session = await made.other.open({ 'x-session': '' });
        await session.login('ada');
        return (await store.byUser?.(userId, page)) ?? { entries: [] };
      },
    }));
    await expect(made.sessions.destroyUser('ada')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/kept beginning/),
    });
  });

  test('it asks the store for pages, not for each record once more', async () => {
    let reads = 0;
    const { sessions, visit } = visits<Data>({}, (store) => ({
      ...store,
      read: (id) => {
        reads++;
        return store.read(id);
      },
    }));
    for (let index = 0; index < 10; index++) await visit('', (session) => session.login('ada'));
    await visit('', (session) => session.login('bob'));
    reads = 0;
    const kept = (await sessions.ofUser('ada'))[0]?.handle;
    expect(await sessions.destroyUser('ada', { except: kept })).toBe(9);
    // One look at the name that was given, one for each session that ends.
    expect(reads).toBeLessThanOrEqual(10);
    expect(await sessions.ofUser('ada')).toHaveLength(1);
  });
});
