import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  cookieSessions,
  createSessions,
  type EndReason,
  type SessionEvents,
  type Sessions,
} from '../../src/index.js';
import { Visitor } from '../visitor.js';
import { planned } from './lossy-store.js';
import { visits } from './visits.js';

interface Data {
  views: number;
}

type Name = keyof SessionEvents;

const NAMES: readonly Name[] = [
  'created',
  'regenerated',
  'updated',
  'touched',
  'ended',
  'conflict',
  'gone',
  'rejected',
  'replayed',
  'refused',
  'throttled',
  'storeCall',
  'clockStepped',
  'failed',
];

/** What is told of sessions; not of store calls, nor of the clock, which a test moves by hand. */
const OF_SESSIONS = NAMES.filter((name) => name !== 'storeCall' && name !== 'clockStepped');

/** Every event from now on, in order. */
function heard(sessions: Sessions<Data>, names: readonly Name[] = OF_SESSIONS) {
  const events: { name: Name; event: SessionEvents[Name] }[] = [];
  for (const name of names) sessions.on(name, (event) => events.push({ name, event }));
  return events;
}

describe('what happened to a session is told', () => {
  test('from its creation to its end, with reasons, handles and users', async () => {
    const { sessions, visit, open, clock } = visits<Data>({ rotateAfter: '1h' });
    const events = heard(sessions);
    const first = await visit('', (session) => session.set('views', 1));
    const { id, handle } = await open(first);
    const second = await visit(first, (session) => session.login('ada'));
    const third = await visit(second, (session) => session.regenerate());
    await visit(third, (session) => session.increment('views'));
    clock.advance('10m');
    await visit(third, () => undefined);
    const ids = [id, (await open(second)).id, (await open(third)).id];
    clock.advance('50m');
    const fourth = await visit(third, () => undefined);
    const last = (await open(fourth)).id;
    await visit(fourth, (session) => session.logout());
    const moves = events.filter(({ name }) => name !== 'gone');
    expect(moves).toEqual([
      { name: 'created', event: { id, handle, userId: undefined } },
      {
        name: 'regenerated',
        event: { id: expect.any(String), from: id, handle, userId: 'ada', reason: 'login' },
      },
      {
        name: 'regenerated',
        event: {
          id: ids[2],
          from: expect.any(String),
          handle,
          userId: 'ada',
          reason: 'regenerate',
        },
      },
      {
        name: 'updated',
        event: { id: ids[2], handle, attempts: 1, milliseconds: expect.any(Number) },
      },
      { name: 'touched', event: { id: ids[2], handle } },
      {
        name: 'regenerated',
        event: { id: last, from: ids[2], handle, userId: 'ada', reason: 'renewal' },
      },
      {
        name: 'ended',
        event: {
          id: last,
          handle,
          userId: 'ada',
          createdAt: expect.any(Number),
          endedAt: expect.any(Number),
          reason: 'logout',
        },
      },
    ]);
  });

  test('a login of a visitor without a session names the user', async () => {
    const { sessions, visit } = visits<Data>();
    const events = heard(sessions);
    await visit('', (session) => session.login('ada'));
    expect(events).toEqual([
      {
        name: 'created',
        event: { id: expect.any(String), handle: expect.any(String), userId: 'ada' },
      },
    ]);
  });

  const ends: [EndReason, (server: ReturnType<typeof visits<Data>>, token: string) => unknown][] = [
    ['logout', ({ visit }, token) => visit(token, (session) => session.logout())],
    ['destroyed', ({ visit }, token) => visit(token, (session) => session.destroy())],
    ['destroyed', ({ visit }, token) => visit(token, (session) => session.invalidate())],
    ['revoked', async ({ sessions, open }, token) => sessions.destroy((await open(token)).id)],
    ['revoked', ({ sessions }) => sessions.destroyUser('ada')],
    ['replaced', ({ visit }, token) => visit(token, (session) => session.login('bob'))],
    ['limit', ({ visit }) => visit('', (session) => session.login('ada'))],
    [
      'idle',
      ({ clock, open }, token) => {
        clock.advance('30m');
        return open(token);
      },
    ],
    [
      'lifetime',
      async ({ clock, visit }, token) => {
        for (let round = 0; round < 6; round++) {
          clock.advance('10m');
          await visit(token, () => undefined);
        }
      },
    ],
  ];

  test.for(ends)('ended says why: %s', async ([reason, end]) => {
    // The store's own clock stands still, so that the core sees the deadlines pass.
    const server = visits<Data>(
      { idleTimeout: '15m', lifetime: '1h', sessionsPerUser: { max: 1 } },
      (store) => store,
    );
    const token = await server.visit('', (session) => session.login('ada'));
    const { id, handle } = await server.open(token);
    const keep = server.store.read;
    const kept = await keep(id);
    if (reason === 'idle' || reason === 'lifetime')
      server.store.read = async (asked) => (await keep(asked)) ?? (asked === id ? kept : undefined);
    const ended: unknown[] = [];
    server.sessions.on('ended', (event) => ended.push(event));
    await end(server, token);
    const who = { id, handle, userId: 'ada', createdAt: kept?.record.createdAt };
    expect(ended).toEqual([{ ...who, endedAt: expect.any(Number), reason }]);
  });

  test('a renewed token that is used after its time: replayed, and ended', async () => {
    const { sessions, visit, open, clock } = visits<Data>({
      rotateAfter: '10m',
      rotationOverlap: '30s',
    });
    const first = await visit('', (session) => session.set('views', 1));
    const { id, handle } = await open(first);
    clock.advance('10m');
    const second = await visit(first, () => undefined);
    await visit(second, () => undefined);
    clock.advance('31s');
    const events = heard(sessions);
    await open(first);
    expect(events.slice(0, 2)).toEqual([
      { name: 'ended', event: expect.objectContaining({ handle, reason: 'replay' }) },
      { name: 'replayed', event: { id } },
    ]);
  });

  test('updated counts the attempts', async () => {
    const { sessions, other, visit, open } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const events = heard(sessions);
    const [slow, fast] = [await open(token), await open(token, other)];
    fast.increment('views');
    slow.increment('views');
    await other.commit(fast);
    await sessions.commit(slow);
    const { id, handle } = slow;
    expect(events).toEqual([
      { name: 'conflict', event: { id, attempt: 1 } },
      {
        name: 'updated',
        event: { id, handle, attempts: 2, milliseconds: expect.any(Number) },
      },
    ]);
  });

  test('nothing is told of requests that change nothing', async () => {
    const { sessions, visit } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const events = heard(sessions);
    await visit(token, (session) => session.get('views'));
    await visit('', (session) => session.get('views'));
    expect(events).toEqual([]);
  });
});

describe('storeCall', () => {
  test('names the store, the verb, how long it took, and how it went', async () => {
    const plan = { update: [] as ('down' | 'none')[] };
    const { sessions, visit } = visits<Data>({}, planned(plan));
    const calls = heard(sessions, ['storeCall']);
    const token = await visit('', (session) => session.set('views', 1));
    plan.update.push('down');
    await visit(token, (session) => session.increment('views')).catch(() => undefined);
    await visit(token, (session) => session.touch());
    await visit(token, (session) => session.logout());
    const milliseconds = expect.any(Number);
    const call = (verb: string, outcome = 'ok') => ({
      name: 'storeCall',
      event: { store: 'memory', verb, milliseconds, outcome },
    });
    expect(calls).toEqual([
      call('create'),
      call('read'),
      call('update', 'failed'),
      call('read'),
      call('touch'),
      call('read'),
      call('update'),
    ]);
  });

  test('says that the store did not answer in time', async () => {
    const { sessions, visit } = visits<Data>({ storeTimeout: '20ms' }, (store) => ({
      ...store,
      create: () => new Promise(() => undefined),
    }));
    const calls = heard(sessions, ['storeCall']);
    await expect(visit('', (session) => session.set('views', 1))).rejects.toMatchObject({
      code: 'store-timeout',
    });
    expect(calls).toMatchObject([{ event: { verb: 'create', outcome: 'timeout' } }]);
  });

  test('tells of the verbs without a request as well', async () => {
    const { sessions, visit } = visits<Data>();
    await visit('', (session) => session.login('ada'));
    const calls = heard(sessions, ['storeCall']);
    await sessions.ofUser('ada');
    await sessions.list();
    await sessions.count();
    await sessions.prune();
    await sessions.destroyAll();
    const verbs = calls.map(({ event }) => (event as SessionEvents['storeCall']).verb);
    expect(verbs).toEqual(['byUser', 'list', 'count', 'prune', 'clear']);
  });
});

describe('listeners', () => {
  test('an event that does not exist is refused', () => {
    const { sessions } = visits<Data>();
    for (const name of ['destroyed', 'expired', 'toString', '__proto__'])
      expect(() => sessions.on(name as Name, () => undefined)).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      );
  });

  test('one that was stopped hears nothing more', async () => {
    const { sessions, visit } = visits<Data>();
    const ids: string[] = [];
    const stop = sessions.on('created', ({ id }) => ids.push(id));
    await visit('', (session) => session.set('views', 1));
    stop();
    stop();
    await visit('', (session) => session.set('views', 1));
    expect(ids).toHaveLength(1);
  });

  test('one that fails disturbs nobody, and is a warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { sessions, visit } = visits<Data>();
    const ids: string[] = [];
    sessions.on('created', () => {
      throw new Error('first');
    });
    sessions.on('created', () => Promise.reject(new Error('second')));
    sessions.on('created', ({ id }) => ids.push(id));
    await visit('', (session) => session.set('views', 1));
    expect(ids).toHaveLength(1);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      expect.stringContaining('first'),
      expect.stringContaining('second'),
    ]);
    warn.mockRestore();
  });
});

describe('S-07 no token is in any event', () => {
  const secret = randomBytes(32).toString('base64url');

  test.for([
    ['in a store', {}],
    ['in a store with a secret', { secret }],
    ['in a store with a secret, encrypted', { secret, encrypt: true }],
    ['in their cookies', { secret, store: cookieSessions() }],
  ] as const)('of sessions %s', async ([, options]) => {
    const { store } = visits<Data>();
    const sessions = createSessions<Data>({ store, ...options });
    const seen: string[] = [];
    for (const name of NAMES)
      sessions.on(name, (event) => seen.push(`${name} ${inspect(event, { depth: 9 })}`));
    const tokens: string[] = [];
    const visitor = new Visitor(sessions);
    const visit = async (...handler: Parameters<typeof visitor.visit>): Promise<void> => {
      await visitor.visit(...handler);
      tokens.push(visitor.token);
    };
    await visit((session) => session.set('views', 1));
    const stale = visitor.clone();
    const late = await stale.open();
    await visit((session) => session.login('ada'));
    await visit((session) => session.increment('views'));
    await visit((session) => session.touch());
    await visit((session) => session.regenerate());
    await stale.answer(late.set('views', 9));
    await stale.visit((session) => session.set('views', 1));
    await new Visitor(sessions, `${visitor.cookie}x`).visit();
    await new Visitor(sessions, `${visitor.cookie}; ${stale.cookie}`).visit();
    await visit((session) => session.logout());
    expect(seen.length).toBeGreaterThan(6);
    for (const token of tokens.filter((text) => text !== '')) {
      expect(token.length).toBeGreaterThanOrEqual(43);
      // Sealed tokens of one session begin alike.
      for (const part of [token, token.slice(0, 43), token.slice(-43)])
        expect(seen.join('\n')).not.toContain(part);
    }
  });

  test('a sealed cookie that does not open is rejected, and says so', async () => {
    const sessions = createSessions<Data>({ store: cookieSessions(), secret });
    const rejected: unknown[] = [];
    sessions.on('rejected', (event) => rejected.push(event));
    const visitor = new Visitor(sessions);
    await visitor.visit((session) => session.set('views', 1));
    const cookie = visitor.cookie ?? '';
    const flipped = `${cookie.slice(0, -5)}${cookie.at(-5) === 'A' ? 'B' : 'A'}${cookie.slice(-4)}`;
    const moved = createSessions<Data>({
      store: cookieSessions(),
      secret: randomBytes(32).toString('base64url'),
    });
    moved.on('rejected', (event) => rejected.push(event));
    expect((await new Visitor(sessions, flipped).open()).isNew).toBe(true);
    expect((await new Visitor(sessions, '__Host-sid=short').open()).isNew).toBe(true);
    expect((await new Visitor(moved, cookie).open()).isNew).toBe(true);
    expect(rejected).toEqual([{ reason: 'seal' }, { reason: 'seal' }, { reason: 'seal' }]);
  });
});
