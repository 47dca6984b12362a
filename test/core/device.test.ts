import { describe, expect, test } from 'vitest';
import { DeviceRecord } from '../../src/core/internal.js';
import { createSessions, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';

interface Data {
  color: string;
}

function setUp() {
  const clock = manualClock();
  const store = memoryStore({ now: clock.now });
  const options = { store, now: clock.now, rotateAfter: '15m' } as const;
  const sessions = createSessions<Data>(options);
  const elsewhere = createSessions<Data>(options);
  const visitor = new Visitor(sessions);
  return { clock, elsewhere, sessions, store, visitor };
}

const textOf = (session: Session<Data>) => new DeviceRecord(session).text;

async function bound() {
  const site = setUp();
  await site.visitor.visit(async (session) => {
    session.set('color', 'red');
    await session.login('ann');
    await new DeviceRecord(session).change(() => 'a device');
  });
  return site;
}

describe('the text of a device', () => {
  test('no verb of data shows or removes it', async () => {
    const { visitor } = await bound();
    const { session } = await visitor.visit((session) => {
      expect(session.all()).toEqual({ color: 'red' });
      expect(JSON.stringify(session)).not.toContain('a device');
      session.clear();
    });
    expect(session.all()).toEqual({});
    expect(textOf((await visitor.visit()).session)).toBe('a device');
  });

  test('it stays through a renewal and a new token, and ends with a login, a logout and another user', async () => {
    const { clock, visitor } = await bound();
    const { cookie } = visitor;
    clock.advance('20m');
    await visitor.visit();
    expect(visitor.cookie).not.toBe(cookie);
    await visitor.visit((session) => session.regenerate());
    expect(textOf((await visitor.visit()).session)).toBe('a device');

    for (const end of [
      (session: Session<Data>) => session.login('ann'),
      (session: Session<Data>) => session.login('bob'),
      (session: Session<Data>) => session.logout(),
    ]) {
      const other = (await bound()).visitor;
      const { session } = await other.visit(end);
      expect(textOf(session)).toBeUndefined();
      expect(textOf((await other.visit()).session)).toBeUndefined();
    }
  });

  test('changes of several servers at once all count, each on top of the others', async () => {
    const { elsewhere, sessions, visitor } = await bound();
    const add = async (server: typeof sessions, letter: string) => {
      const session = await server.open({ cookie: visitor.cookie }, { secure: true });
      const record = new DeviceRecord(session);
      await record.change((text) => `${text}${letter}`);
      await record.change((text) => `${text}${letter}`);
    };
    await Promise.all([add(sessions, 'b'), add(elsewhere, 'c'), add(sessions, 'd')]);
    const text = textOf((await visitor.visit()).session) ?? '';
    expect([...text.slice('a device'.length)].sort().join('')).toBe('bbccdd');
  });
});

describe('a session that is set aside', () => {
  test('leaves an empty one for this request, and stays in the store', async () => {
    const { sessions, visitor } = await bound();
    const rejected: unknown[] = [];
    sessions.on('rejected', (event) => rejected.push(event));
    const { session, headers } = await visitor.clone().visit((session) => {
      session.set('color', 'blue');
      new DeviceRecord(session).setAside();
      expect(session.userId).toBeUndefined();
      expect(session.all()).toEqual({});
    });
    expect(session.isNew).toBe(true);
    expect(headers.filter(([name]) => name === 'Set-Cookie')).toEqual([]);
    expect(session.trace().join()).toContain('bound to a device');
    const { session: own } = await visitor.visit();
    expect(own.userId).toBe('ann');
    expect(own.get('color')).toBe('red');
    expect(rejected).toEqual([{ reason: 'device', id: own.id }]);
  });

  test('what is set afterwards begins another session', async () => {
    const { sessions, visitor } = await bound();
    const other = visitor.clone();
    await other.visit((session) => {
      new DeviceRecord(session).setAside();
      session.set('color', 'blue');
    });
    expect(other.cookie).not.toBe(visitor.cookie);
    const { session } = await other.visit();
    expect([session.userId, session.get('color')]).toEqual([undefined, 'blue']);
    expect(await sessions.count()).toBe(2);
    expect((await visitor.visit()).session.get('color')).toBe('red');
  });
});
