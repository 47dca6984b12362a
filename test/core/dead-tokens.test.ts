import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import type { Sessions } from '../../src/index.js';
import { sentToken, type Visits, visits } from './visits.js';

interface Data {
  cart: string[];
  n: number;
}

type Handler = (session: Session<Data>, sessions: Sessions<Data>) => Promise<unknown>;

/** What kills the token that a client still has. */
const DEATHS: Record<string, Handler> = {
  login: (session) => session.login('ada'),
  regenerate: (session) => session.regenerate(),
  logout: (session) => session.logout(),
  invalidate: (session) => session.invalidate(),
  destroy: (session) => session.destroy(),
  'destroy by id': (session, sessions) => sessions.destroy(session.id),
  destroyUser: (_, sessions) => sessions.destroyUser('eve'),
};

/** A client whose token another request killed; `kept` is the token that the other one has. */
async function killed(by: Handler, options = {}) {
  const made = visits<Data>(options);
  const { visit, sessions } = made;
  const dead = await visit('', (session) => session.set('cart', ['tea']).login('eve'));
  const kept = await visit(dead, (session) => by(session, sessions));
  const gone: string[] = [];
  for (const server of [sessions, made.other]) server.on('gone', ({ id }) => gone.push(id));
  return { ...made, dead, kept, gone };
}

async function storedIds({ sessions }: Visits<Data>): Promise<string[]> {
  return (await sessions.list()).sessions.map(({ id }) => id).sort();
}

describe.for(Object.entries(DEATHS))('V-01 S-12 a token that died by %s', ([, by]) => {
  test('leads to an empty session, which says why', async () => {
    const { open, dead, gone } = await killed(by);
    const session = await open(dead);
    expect(session.isNew).toBe(true);
    expect(session.all()).toEqual({});
    expect(session.userId).toBeUndefined();
    expect(gone).toHaveLength(1);
    expect(session.trace().join()).toMatch(/gone/);
  });

  test('sends nothing and stores nothing, whatever the request sets', async () => {
    const server = await killed(by);
    const { open, sessions, other, dead } = server;
    const before = await storedIds(server);
    for (const from of [sessions, other]) {
      const session = await open(dead, from);
      session.set('n', 1).flash('cart', []);
      expect([await session.save(), await session.regenerate(), await session.logout()]).toEqual([
        'gone',
        'gone',
        'gone',
      ]);
      expect(sentToken(await from.commit(session))).toBeUndefined();
      expect(session.outcome).toBe('gone');
    }
    expect(await storedIds(server)).toEqual(before);
  });

  test('does not undo what the other answer brought', async () => {
    const { open, commit, dead, kept, found } = await killed(by);
    const before = await found(kept);
    const late = await open(dead);
    late.increment('n');
    await commit(late);
    expect(await found(kept)).toEqual(before);
  });

  test('can log in, and gets a session of its own', async () => {
    const { open, sessions, dead, found } = await killed(by);
    const session = await open(dead);
    session.set('n', 7);
    expect(await session.login('bob')).toBe('created');
    expect(session.userId).toBe('bob');
    const token = sentToken(await sessions.commit(session)) ?? '';
    expect(await found(token)).toEqual({ n: 7 });
    expect((await open(token)).userId).toBe('bob');
    expect((await open(dead)).isNew).toBe(true);
  });

  test('is unknown once its trace has gone: a new session begins', async () => {
    const { open, commit, clock, dead, gone, found } = await killed(by, { deadFor: '10s' });
    clock.advance(9_999);
    await open(dead);
    expect(gone).toHaveLength(1);
    clock.advance('1ms');
    const session = await open(dead);
    session.set('n', 1);
    const token = await commit(session, dead);
    expect(gone).toHaveLength(1);
    expect(token).not.toBe(dead);
    expect(await found(token)).toEqual({ n: 1 });
  });
});

test('V-01 an unknown token is no dead one: it gets a session', async () => {
  const { open, commit, sessions, found } = visits<Data>();
  const gone: string[] = [];
  sessions.on('gone', ({ id }) => gone.push(id));
  const session = await open('x'.repeat(43));
  session.set('n', 1);
  expect(await found(await commit(session))).toEqual({ n: 1 });
  expect(gone).toEqual([]);
});

test('V-01 a session that ran out of time leaves no trace: its token gets a new one', async () => {
  const { open, commit, visit, clock, sessions } = visits<Data>({ idleTimeout: '10m' });
  const ended: string[] = [];
  sessions.on('ended', ({ reason }) => ended.push(reason));
  const token = await visit('', (session) => session.set('n', 1));
  clock.advance('11m');
  const session = await open(token);
  session.set('n', 2);
  expect(await commit(session, token)).not.toBe(token);
});

test('S-12 requests that are under way when a login is answered neither undo it nor follow it', async () => {
  const { open, sessions, other, visit, found } = visits<Data>();
  const old = await visit('', (session) => session.set('cart', ['tea']));
  const underWay = await Promise.all([open(old), open(old, other), open(old, other)]);
  const token = await visit(old, (session) => session.login('ada'));
  const late = await open(old, other);
  for (const [index, session] of [...underWay, late].entries()) {
    session.increment('n');
    const server = index === 0 ? sessions : other;
    expect(sentToken(await server.commit(session))).toBeUndefined();
    expect(session.outcome).toBe('gone');
  }
  expect(await found(token)).toEqual({ cart: ['tea'] });
});

test('S-12 a double click on login is answered twice, and either answer is good', async () => {
  const { open, sessions, other, visit, found } = visits<Data>();
  const old = await visit('', (session) => session.set('cart', ['tea']));
  const clicks = [await open(old), await open(old, other), await open(old)];
  const servers = [sessions, other, sessions];
  const outcomes = await Promise.all(clicks.map((session) => session.login('ada')));
  expect(outcomes.sort()).toEqual(['created', 'created', 'regenerated']);
  for (const [index, session] of clicks.entries()) {
    const token = sentToken(await (servers[index] ?? sessions).commit(session)) ?? '';
    expect(await found(token)).toEqual({ cart: ['tea'] });
    expect((await open(token)).userId).toBe('ada');
  }
  expect(new Set(clicks.map(({ handle }) => handle)).size).toBe(3);
});
