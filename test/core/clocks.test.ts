import { describe, expect, test } from 'vitest';
import { createSessions, headerTransport, type SessionOptions } from '../../src/index.js';
import { type FaultPlan, network, planned } from './lossy-store.js';
import { sentToken, visits } from './visits.js';

interface Data {
  n: number;
}

const MINUTE = 60_000;

/** Another server on the same store, with options or a clock of its own. */
function second(made: ReturnType<typeof visits<Data>>, options: Partial<SessionOptions>) {
  const { store, clock } = made;
  const transport = headerTransport('x-session');
  return createSessions<Data>({ store, now: clock.now, transport, ...options });
}

describe('S-21 a shorter idleTimeout', () => {
  test('holds at once, for sessions that began under the longer one', async () => {
    const made = visits<Data>({ idleTimeout: '2h' });
    const { visit, clock } = made;
    const token = await visit('', (session) => session.set('n', 1));
    const shorter = second(made, { idleTimeout: '10m' });
    const ended: string[] = [];
    shorter.on('ended', ({ reason }) => ended.push(reason));
    clock.advance('10m');
    expect((await shorter.open({ 'x-session': token })).isNew).toBe(false);
    clock.advance('31s');
    expect((await shorter.open({ 'x-session': token })).isNew).toBe(true);
    expect(ended).toEqual(['idle']);
  });

  test('holds in lists and look-ups by id', async () => {
    const made = visits<Data>({ idleTimeout: '2h' });
    const { visit, open, clock } = made;
    const { id } = await open(await visit('', (session) => session.login('ada')));
    const shorter = second(made, { idleTimeout: '10m' });
    clock.advance('11m');
    expect([
      await shorter.read(id),
      (await shorter.list()).sessions,
      await shorter.ofUser('ada'),
      await shorter.change(id, (session) => session.set('n', 1)),
    ]).toEqual([undefined, [], [], 'gone']);
  });

  test('a shorter lifetime holds at once too', async () => {
    const made = visits<Data>({ lifetime: '30d' });
    const token = await made.visit('', (session) => session.set('n', 1));
    const shorter = second(made, { lifetime: '1h' });
    const ended: string[] = [];
    shorter.on('ended', ({ reason }) => ended.push(reason));
    made.clock.advance('1h');
    expect((await shorter.open({ 'x-session': token })).isNew).toBe(true);
    expect(ended).toEqual(['lifetime']);
  });
});

describe('F-24 prune', () => {
  test('on a server whose clock is fast leaves what others call live', async () => {
    const made = visits<Data>({ idleTimeout: '1h' });
    const { visit, clock, found } = made;
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('58m');
    const fast = second(made, { now: () => clock.now() + 9 * MINUTE });
    expect(await fast.prune()).toBe(0);
    expect(await found(token)).toEqual({ n: 1 });
  });

  test('sweeps a record ten minutes after its deadline, and traces with them', async () => {
    const { visit, clock, sessions, open } = visits<Data>({ idleTimeout: '1h' });
    const token = await visit('', (session) => session.set('n', 1));
    await visit(token, (session) => session.regenerate());
    const { expiresAt } = await open(await visit('', (session) => session.set('n', 2)));
    clock.set(expiresAt + 10 * MINUTE - 1);
    expect(await sessions.prune()).toBe(1);
    clock.advance('1ms');
    expect(await sessions.prune()).toBe(2);
  });
});

describe('S-21 a touch that arrives late', () => {
  test('does not move the deadline back', async () => {
    const plan = { touch: ['late' as const] };
    const net = network();
    const options = { idleTimeout: '10m', touchAfter: '30s', storeTimeout: 150 } as const;
    const { visit, clock, open } = visits<Data>(options, planned(plan, net));
    const token = await visit('', (session) => session.set('n', 0));
    clock.advance('1m');
    await visit(token, (session) => session.get('n'));
    clock.advance('2m');
    await visit(token, (session) => session.increment('n'));
    await net.deliver();
    clock.advance('9m');
    expect((await open(token)).isNew).toBe(false);
  });
});

describe('V-11 the id of a user', () => {
  const WRONG = [undefined, null, 7, '', 'x'.repeat(201)] as const;

  test.for(WRONG)('%j is refused before any store sees it', async (userId) => {
    const calls: string[] = [];
    const { open, sessions } = visits<Data>({}, (store) => ({
      ...store,
      create: (id, record) => {
        calls.push('create');
        return store.create(id, record);
      },
      byUser: async () => {
        calls.push('byUser');
        return { entries: [] };
      },
    }));
    const wrong = expect.objectContaining({ code: 'invalid-value', path: 'userId' });
    const id = userId as string;
    const session = await open('');
    session.set('n', 1);
    await expect(session.login(id)).rejects.toEqual(wrong);
    await expect(sessions.ofUser(id)).rejects.toEqual(wrong);
    await expect(sessions.destroyUser(id)).rejects.toEqual(wrong);
    await expect(sessions.changeUser(id, () => undefined)).rejects.toEqual(wrong);
    if (userId !== undefined) await expect(sessions.list({ user: id })).rejects.toEqual(wrong);
    expect(calls).toEqual([]);
  });

  test('of 200 characters is one', async () => {
    const { visit, sessions } = visits<Data>();
    const userId = 'ü'.repeat(200);
    await visit('', (session) => session.login(userId));
    expect(await sessions.ofUser(userId)).toHaveLength(1);
  });
});

test('F-15 a login on a server whose clock is five minutes behind is kept', async () => {
  const made = visits<Data>();
  const { clock, open } = made;
  const behind = second(made, { now: () => clock.now() - 5 * MINUTE });
  const session = await behind.open({});
  session.set('n', 1);
  expect(await session.login('ada')).toBe('created');
  const token = sentToken(await behind.commit(session)) ?? '';
  expect((await open(token)).userId).toBe('ada');

  const again = await behind.open({ 'x-session': token });
  expect(await again.regenerate()).toBe('regenerated');
  expect((await open(sentToken(await behind.commit(again)) ?? '')).get('n')).toBe(1);
});

test('F-15 a login that could not be confirmed is kept where the clock is five minutes ahead', async () => {
  const plan: FaultPlan = {};
  const made = visits<Data>({}, planned(plan));
  const { clock, visit } = made;
  // Neither by the login, nor by its response.
  plan.update = ['down', 'down'];
  const token = await visit('', (session) => session.login('ada'));
  const ahead = second(made, { now: () => clock.now() + 5 * MINUTE });
  expect((await ahead.open({ 'x-session': token })).userId).toBe('ada');
});
