import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cookieSessions, createSessions, type Session } from '../../src/index.js';
import { Visitor } from '../visitor.js';
import { visits } from './visits.js';

interface Data {
  views: number;
  [key: string]: unknown;
}

type Server = ReturnType<typeof visits<Data>>;

async function handleOf({ open }: Server, token: string): Promise<string> {
  return (await open(token)).handle;
}

describe('a handle', () => {
  test('is 128 random bits, there before anything is stored, and then the same', async () => {
    const server = visits<Data>();
    const session = await server.sessions.open({});
    const { handle } = session;
    expect(handle).toMatch(/^[\w-]{22}$/);
    const token = await server.commit(session.set('views', 1));
    expect(await handleOf(server, token)).toBe(handle);
    expect((await server.sessions.open({})).handle).not.toBe(handle);
  });

  const kept: [string, (session: Session<Data>) => unknown][] = [
    ['a login', (session) => session.login('ada')],
    ['a regenerate', (session) => session.regenerate()],
    ['a change', (session) => session.increment('views')],
    ['a clear', (session) => session.clear()],
    ['a login that keeps no data', (session) => session.login('ada', { keep: false })],
  ];

  test.for(kept)('stays through %s', async ([, verb]) => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.set('views', 1));
    const handle = await handleOf(server, token);
    const next = await server.visit(token, async (session) => {
      await verb(session);
      expect(session.handle).toBe(handle);
    });
    expect(await handleOf(server, next)).toBe(handle);
  });

  test('stays through a second login of the same user', async () => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.login('ada'));
    const handle = await handleOf(server, token);
    const next = await server.visit(token, (session) => session.login('ada'));
    expect([next === token, await handleOf(server, next)]).toEqual([false, handle]);
  });

  test('stays through a renewal of the token', async () => {
    const server = visits<Data>({ rotateAfter: '10m' });
    const token = await server.visit('', (session) => session.set('views', 1));
    const handle = await handleOf(server, token);
    server.clock.advance('10m');
    const renewed = await server.visit(token, () => undefined);
    expect([renewed === token, await handleOf(server, renewed)]).toEqual([false, handle]);
    expect(await handleOf(server, token)).toBe(handle);
  });

  test.for(['logout', 'invalidate'] as const)('is new after %s', async (verb) => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.login('ada'));
    const handle = await handleOf(server, token);
    const next = await server.visit(token, async (session) => {
      await session[verb]();
      expect(session.handle).not.toBe(handle);
      session.set('views', 1);
    });
    expect(await handleOf(server, next)).not.toBe(handle);
  });

  test("is new when another user's session begins, and the old id leads nowhere", async () => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.login('ada'));
    const { id, handle } = await server.open(token);
    const ended: unknown[] = [];
    server.sessions.on('ended', (event) => ended.push(event));
    const next = await server.visit(token, (session) => session.login('bob'));
    expect(await handleOf(server, next)).not.toBe(handle);
    expect(ended).toEqual([
      expect.objectContaining({ id, handle, userId: 'ada', reason: 'replaced' }),
    ]);
    expect(await server.sessions.read(id)).toBeUndefined();
    expect(await server.sessions.change(id, (session) => session.set('views', 9))).toBe('gone');
    expect(await server.found(next)).toEqual({});
  });

  test('is new for a login whose session was ended meanwhile', async () => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.set('views', 1));
    const late = await server.open(token);
    const { handle } = late;
    await server.visit(token, (session) => session.logout());
    expect(await late.login('ada')).toBe('created');
    const next = await server.commit(late);
    expect(await handleOf(server, next)).not.toBe(handle);
    expect(await server.found(next)).toEqual({ views: 1 });
  });

  test('is in snapshots, lists and events', async () => {
    const server = visits<Data>();
    const events: { handle?: string | undefined }[] = [];
    for (const name of ['created', 'regenerated', 'updated', 'touched', 'ended'] as const)
      server.sessions.on(name, (event) => events.push(event));
    const token = await server.visit('', (session) => session.set('views', 1));
    const loggedIn = await server.visit(token, (session) => session.login('ada'));
    await server.visit(loggedIn, (session) => session.increment('views'));
    await server.visit(loggedIn, (session) => session.touch());
    const { id, handle } = await server.open(loggedIn);
    expect(await server.sessions.read(id)).toMatchObject({ handle });
    expect(await server.sessions.ofUser('ada')).toMatchObject([{ id, handle }]);
    expect((await server.sessions.list()).sessions).toMatchObject([{ id, handle }]);
    await server.visit(loggedIn, (session) => session.logout());
    expect(events).toHaveLength(5);
    expect(new Set(events.map((event) => event.handle))).toEqual(new Set([handle]));
  });

  test('belongs to sealed sessions as well', async () => {
    const sessions = createSessions<Data>({
      store: cookieSessions(),
      secret: randomBytes(32).toString('base64url'),
    });
    const visitor = new Visitor(sessions);
    const { session } = await visitor.visit((session) => session.set('views', 1));
    const { handle } = session;
    await visitor.visit((session) => session.login('ada'));
    expect((await visitor.open()).handle).toBe(handle);
  });
});

describe('S-17 destroyUser while tokens change', () => {
  /** Four devices of one user; the last is somebody else's. */
  async function devices(server: Server): Promise<string[]> {
    const tokens: string[] = [];
    for (const user of ['ada', 'ada', 'ada', 'ada', 'bob'])
      tokens.push(await server.visit('', (session) => session.login(user)));
    return tokens;
  }

  async function alive(server: Server, tokens: readonly string[]): Promise<boolean[]> {
    return Promise.all(tokens.map(async (token) => !(await server.open(token)).isNew));
  }

  test.for(['handle', 'id'] as const)('except one session, named by its %s', async (name) => {
    const server = visits<Data>();
    const tokens = await devices(server);
    const kept = (await server.open(tokens[1] ?? ''))[name];
    expect(await server.sessions.destroyUser('ada', { except: kept })).toBe(3);
    expect(await alive(server, tokens)).toEqual([false, true, false, false, true]);
  });

  test.for(['handle', 'id'] as const)('only one session, named by its %s', async (name) => {
    const server = visits<Data>();
    const tokens = await devices(server);
    const ended = (await server.open(tokens[1] ?? ''))[name];
    expect(await server.sessions.destroyUser('ada', { only: ended })).toBe(1);
    expect(await alive(server, tokens)).toEqual([true, false, true, true, true]);
    expect(await server.sessions.destroyUser('ada', { only: ended })).toBe(0);
  });

  test.for([
    ['except', 'handle'],
    ['except', 'id'],
    ['only', 'handle'],
    ['only', 'id'],
  ] as const)('%s one session, named by the %s that it had before', async ([choice, name]) => {
    const server = visits<Data>();
    const tokens = await devices(server);
    const named = (await server.open(tokens[1] ?? ''))[name];
    const moved = await Promise.all(
      tokens.map((token) => server.visit(token, (session) => session.regenerate())),
    );
    const isChosen = [false, true, false, false];
    await server.sessions.destroyUser('ada', { [choice]: named });
    expect(await alive(server, moved)).toEqual([
      ...isChosen.map((chosen) => chosen === (choice === 'except')),
      true,
    ]);
  });

  test("a name of another user's session spares nobody and ends nobody", async () => {
    const server = visits<Data>();
    const tokens = await devices(server);
    const { id, handle } = await server.open(tokens[4] ?? '');
    expect(await server.sessions.destroyUser('ada', { only: id })).toBe(0);
    expect(await server.sessions.destroyUser('ada', { only: handle })).toBe(0);
    expect(await server.sessions.destroyUser('ada', { except: handle })).toBe(4);
    expect(await alive(server, tokens)).toEqual([false, false, false, false, true]);
  });

  test('in the middle of regenerates, on two servers, it ends all and only these', async () => {
    for (let round = 0; round < 50; round++) {
      const server = visits<Data>();
      const tokens = await devices(server);
      const { handle } = await server.open(tokens[1] ?? '');
      const requests = await Promise.all(
        tokens.map((token, index) => server.open(token, index % 2 ? server.other : undefined)),
      );
      const moves = requests.map(async (session) => {
        for (let turn = 0; turn < round % 7; turn++) await Promise.resolve();
        await session.regenerate();
      });
      const [ended] = await Promise.all([
        server.sessions.destroyUser('ada', { except: handle }),
        ...moves,
      ]);
      const left = await Promise.all(
        requests.map((session) => server.sessions.read(session.isNew ? '-' : session.id)),
      );
      expect(left.map((session) => session?.userId)).toEqual([
        undefined,
        'ada',
        undefined,
        undefined,
        'bob',
      ]);
      expect(ended).toBe(3);
      expect(await server.sessions.ofUser('ada')).toHaveLength(1);
    }
  });
});
