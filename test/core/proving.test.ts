import { describe, expect, test } from 'vitest';
import { visits } from './visits.js';

interface Data {
  views: number;
}

describe('loggedInAt', () => {
  test('is the time of the last login, and absent before and after', async () => {
    const { visit, open, clock, sessions } = visits<Data>();
    const token = await visit('', (session) => {
      session.set('views', 1);
      expect(session.loggedInAt).toBeUndefined();
    });
    expect((await open(token)).loggedInAt).toBeUndefined();
    clock.advance('1m');
    const at = clock.now();
    const ada = await visit(token, async (session) => {
      await session.login('ada');
      expect(session.loggedInAt).toBe(at);
    });
    clock.advance('1m');
    await visit(ada, (session) => session.increment('views'));
    const moved = await visit(ada, (session) => session.regenerate());
    expect((await open(moved)).loggedInAt).toBe(at);
    expect(await sessions.ofUser('ada')).toMatchObject([{ loggedInAt: at }]);
    const again = await visit(moved, (session) => session.login('ada'));
    expect((await open(again)).loggedInAt).toBe(clock.now());
    await visit(again, async (session) => {
      await session.logout();
      expect([session.loggedInAt, session.userId]).toEqual([undefined, undefined]);
    });
  });
});

describe('ASVS 7.5.3 provedWithin', () => {
  test('is true for so long after a login, to the millisecond, and no longer', async () => {
    const { visit, open, clock } = visits<Data>();
    const token = await visit('', async (session) => {
      await session.login('ada');
      expect(session.provedWithin('5m')).toBe(true);
    });
    clock.advance('5m');
    expect((await open(token)).provedWithin('5m')).toBe(true);
    clock.advance('1ms');
    const session = await open(token);
    expect([session.provedWithin('5m'), session.provedWithin('6m')]).toEqual([false, true]);
  });

  test('prove starts it anew, at once and for later requests', async () => {
    const { visit, open, clock } = visits<Data>();
    const token = await visit('', (session) => session.login('ada'));
    clock.advance('10m');
    await visit(token, (session) => {
      expect(session.provedWithin('5m')).toBe(false);
      expect(session.prove()).toBe(session);
      expect([session.provedWithin('5m'), session.isChanged]).toEqual([true, true]);
    });
    clock.advance('4m');
    const session = await open(token);
    expect([session.provedWithin('5m'), session.loggedInAt]).toEqual([
      true,
      clock.now() - 14 * 60_000,
    ]);
  });

  test('it stays through regenerate, a change and a clear', async () => {
    const { visit, open, clock } = visits<Data>();
    const token = await visit('', (session) => session.login('ada'));
    clock.advance('10m');
    await visit(token, (session) => session.prove().clear());
    const moved = await visit(token, (session) => session.regenerate());
    await visit(moved, (session) => session.set('views', 1));
    expect((await open(moved)).provedWithin('1m')).toBe(true);
  });

  test('it is false for a visitor who is nobody, whatever was called', async () => {
    const { visit, open } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1).prove());
    const session = await open(token);
    expect(session.provedWithin('5m')).toBe(false);
    await session.login('ada');
    await session.logout();
    expect(session.provedWithin('5m')).toBe(false);
  });

  test('it does not pass on to another user', async () => {
    const { visit, open, clock } = visits<Data>();
    const token = await visit('', (session) => session.login('ada'));
    clock.advance('1h');
    const bob = await visit(token, (session) => session.prove().login('bob'));
    clock.advance('1m');
    const session = await open(bob);
    expect([session.userId, session.provedWithin('30s'), session.provedWithin('1m')]).toEqual([
      'bob',
      false,
      true,
    ]);
  });

  test('of requests at once, one that proves and one that changes: both are kept', async () => {
    for (const provesFirst of [true, false]) {
      const { visit, open, clock, sessions, other } = visits<Data>();
      const token = await visit('', (session) => session.login('ada'));
      clock.advance('10m');
      const [proving, changing] = [await open(token), await open(token, other)];
      proving.prove();
      changing.set('views', 7);
      if (provesFirst) await sessions.commit(proving);
      await other.commit(changing);
      if (!provesFirst) await sessions.commit(proving);
      const session = await open(token);
      expect([session.provedWithin('1m'), session.get('views')]).toEqual([true, 7]);
    }
  });

  test('of two that prove at once the later proof counts, whoever commits last', async () => {
    const { visit, open, clock, sessions, other } = visits<Data>();
    const token = await visit('', (session) => session.login('ada'));
    clock.advance('10m');
    const [early, late] = [await open(token), await open(token, other)];
    early.prove();
    clock.advance('10m');
    late.prove();
    await other.commit(late);
    await sessions.commit(early);
    expect((await open(token)).provedWithin('1m')).toBe(true);
  });

  test('it takes a duration with a unit', async () => {
    const session = await visits<Data>().sessions.open({});
    for (const wrong of [5, 0, '5', '5 minutes', undefined])
      expect(() => session.provedWithin(wrong as '5m')).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      );
  });
});
