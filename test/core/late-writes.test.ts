import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cookieSessions, type Session } from '../../src/index.js';
import { planned } from './lossy-store.js';
import { visits } from './visits.js';

interface Data {
  views: number;
  list: string[];
  message: string;
}

type Server = ReturnType<typeof visits<Data>>;

const withCode = (code: string): unknown => expect.objectContaining({ code });

afterEach(() => void vi.unstubAllEnvs());

/** A session whose response has begun: by a commit, or by an answer in the same tick. */
async function answered(server: Server, token: string, by: string): Promise<Session<Data>> {
  const session = await server.open(token);
  if (by === 'commit') await server.sessions.commit(session);
  else expect(server.sessions.answerNow(session)).toBeDefined();
  return session;
}

const writes: [string, (session: Session<Data>) => unknown][] = [
  ['set', (session) => session.set('views', 2)],
  ['update', (session) => session.update('views', () => 2)],
  ['delete', (session) => session.delete('views')],
  ['pull', (session) => session.pull('views')],
  ['clear', (session) => session.clear()],
  ['push', (session) => session.push('list', 'b')],
  ['increment', (session) => session.increment('views')],
  ['flash', (session) => session.flash('message', 'x')],
  ['reflash', (session) => session.reflash()],
  ['keep', (session) => session.keep(['message'])],
  ['touch', (session) => session.touch()],
  ['prove', (session) => session.prove()],
];

describe.each(['commit', 'answerNow'])('after %s, looked at before or not,', (by) => {
  test.for(writes)('%s is too late', async ([, write]) => {
    for (const isLookedAt of [true, false]) {
      const server = visits<Data>();
      const token = await server.visit('', (session) => session.set('views', 1));
      const session = await answered(server, token, by);
      if (isLookedAt) session.get('views');
      expect(() => write(session)).toThrow(withCode('too-late'));
      expect(await server.found(token)).toEqual({ views: 1 });
    }
  });

  test.for(['login', 'regenerate'] as const)('%s is too late, and does nothing', async (verb) => {
    for (const mode of ['test', 'production']) {
      vi.stubEnv('NODE_ENV', mode);
      for (const start of ['known', '']) {
        const server = visits<Data>();
        const token = start && (await server.visit('', (session) => session.set('views', 1)));
        const session = await answered(server, token, by);
        await expect(session[verb]('ada')).rejects.toThrow(withCode('too-late'));
        expect(await server.found(token)).toEqual(start ? { views: 1 } : undefined);
        expect(await server.sessions.ofUser('ada')).toEqual([]);
      }
    }
  });

  test('a login that nobody awaits is an event', async () => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.set('views', 1));
    const failed: string[] = [];
    server.sessions.on('failed', ({ error }) => failed.push(error.code));
    const session = await answered(server, token, by);
    void session.login('ada');
    await vi.waitFor(() => expect(failed).toEqual(['too-late']));
  });

  test('reading goes on', async () => {
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.set('views', 1));
    const session = await answered(server, token, by);
    expect([
      session.get('views'),
      session.has('list'),
      session.now('message', 'x').get('message'),
    ]).toEqual([1, false, 'x']);
  });

  test.for(['logout', 'destroy', 'invalidate'] as const)(
    '%s still ends the session in the store',
    async (verb) => {
      const server = visits<Data>();
      const token = await server.visit('', (session) => session.set('views', 1));
      const session = await answered(server, token, by);
      expect(await session[verb]()).toBe('destroyed');
      expect(await server.found(token)).toBeUndefined();
    },
  );
});

describe('in production', () => {
  test('a late write is stored by a second commit', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const server = visits<Data>();
    const token = await server.visit('', (session) => session.set('views', 1));
    const session = await answered(server, token, 'answerNow');
    session.set('list', ['a']).push('list', 'b').increment('views');
    await vi.waitFor(async () =>
      expect(await server.found(token)).toEqual({ views: 2, list: ['a', 'b'] }),
    );
    session.increment('views');
    await vi.waitFor(async () => expect(await server.found(token)).toMatchObject({ views: 3 }));
  });

  test('one that fails is an event', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const server = visits<Data>({}, planned({ update: ['down'] }));
    const token = await server.visit('', (session) => session.set('views', 1));
    const failed: string[] = [];
    server.sessions.on('failed', ({ error }) => failed.push(error.code));
    (await answered(server, token, 'answerNow')).set('views', 2);
    await vi.waitFor(() => expect(failed).toEqual(['store-failed']));
    expect(await server.found(token)).toEqual({ views: 1 });
  });

  test('a session that the client has no token of is too late in production as well', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const server = visits<Data>();
    const session = await answered(server, '', 'answerNow');
    expect(() => session.set('views', 1)).toThrow(withCode('too-late'));
    const known = await server.visit('', (one) => one.set('views', 1));
    const ended = await answered(server, known, 'answerNow');
    await ended.logout();
    expect(() => ended.set('views', 1)).toThrow(withCode('too-late'));
  });

  test('so is a sealed session, whose data are in the cookie', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const server = visits<Data>({
      store: cookieSessions(),
      secret: randomBytes(32).toString('base64url'),
    });
    const token = await server.visit('', (session) => session.set('views', 1));
    const session = await answered(server, token, 'answerNow');
    expect(() => session.set('views', 2)).toThrow(withCode('too-late'));
  });
});
