import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Session } from '../../src/core/session.js';
import type { SessionOptions } from '../../src/index.js';
import { sentToken, visits } from './visits.js';

interface Data {
  n: number;
  cart: string[];
}

/** Sessions in a store that counts its calls by verb. */
function counting(options: Partial<SessionOptions> = {}) {
  const calls: string[] = [];
  const made = visits<Data>(options, (store) => {
    const count = <Args extends unknown[], Answer>(
      verb: string,
      call: (...args: Args) => Answer,
    ): ((...args: Args) => Answer) => {
      return (...args) => {
        calls.push(verb);
        return call(...args);
      };
    };
    return {
      ...store,
      read: count('read', store.read),
      create: count('create', store.create),
      update: count('update', store.update),
      touch: count('touch', store.touch),
      destroy: count('destroy', store.destroy),
    };
  });
  return { ...made, calls };
}

describe('P-04 what a request costs the store', () => {
  const REQUESTS: [string, (session: Session<Data>) => unknown, string[]][] = [
    ['that does not look', () => undefined, ['read']],
    ['that reads', (session) => session.get('n'), ['read']],
    ['that changes', (session) => session.increment('n'), ['read', 'update']],
    ['that changes much', (session) => session.set('n', 2).push('cart', 'x'), ['read', 'update']],
    ['that logs in', (session) => session.login('ada'), ['read', 'create', 'update', 'update']],
    [
      'that logs in and changes before',
      (session) => session.set('n', 2).login('ada'),
      ['read', 'create', 'update', 'update'],
    ],
    ['that logs out', (session) => session.logout(), ['read', 'update']],
    ['that destroys', (session) => session.destroy(), ['read', 'update']],
    ['that touches', (session) => session.touch(), ['read', 'touch']],
  ];

  test.for(REQUESTS)('one %s', async ([, handler, expected]) => {
    const { visit, calls } = counting();
    const token = await visit('', (session) => session.set('n', 1));
    calls.length = 0;
    await visit(token, handler);
    expect(calls).toEqual(expected);
  });

  test('a stranger costs nothing, and the first value one call', async () => {
    const { visit, calls } = counting();
    await visit('', (session) => session.get('n'));
    await visit('not a token', (session) => session.get('n'));
    expect(calls).toEqual([]);
    await visit('', (session) => session.set('n', 1));
    expect(calls).toEqual(['create']);
  });

  test('a renewal costs three writes, and its first use two more', async () => {
    const { visit, clock, calls } = counting({ rotateAfter: '15m' });
    const old = await visit('', (session) => session.set('n', 1));
    clock.advance('16m');
    calls.length = 0;
    const renewed = await visit(old, () => undefined);
    expect(calls).toEqual(['read', 'create', 'update', 'update']);
    calls.length = 0;
    await visit(renewed, () => undefined);
    expect(calls).toEqual(['read', 'read', 'update', 'update']);
    calls.length = 0;
    await visit(renewed, () => undefined);
    expect(calls).toEqual(['read']);
  });
});

describe('P-04 an answer with nothing to store', () => {
  test('is there in the same tick, with all its headers', async () => {
    const { visit, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('n', 1));
    const silent = await open(token);
    expect(sessions.answerNow(silent)).toEqual({ headers: [], cookies: [] });
    const reading = await open(token);
    reading.get('n');
    expect(sessions.answerNow(reading)?.headers).toEqual([
      ['Cache-Control', 'private, no-cache'],
      ['Vary', 'x-session'],
    ]);
    expect(() => reading.set('n', 2)).toThrow(expect.objectContaining({ code: 'too-late' }));
  });

  test('carries the token of a login that was awaited', async () => {
    const { open, sessions, found } = visits<Data>();
    const session = await open('');
    session.set('n', 1);
    await session.login('ada');
    const answer = sessions.answerNow(session);
    expect(await found((answer && sentToken(answer)) ?? '')).toEqual({ n: 1 });
  });

  const BUSY: [string, (session: Session<Data>) => unknown][] = [
    ['a change', (session) => session.set('n', 2)],
    ['a change in place', (session) => session.get('cart')?.push('tea')],
    ['a touch', (session) => session.touch()],
    ['a verb that nobody awaited', (session) => void session.logout()],
  ];

  test.for(BUSY)('is not there for %s', async ([, handler]) => {
    const { visit, open, sessions } = visits<Data>();
    const token = await visit('', (session) => session.set('n', 1).set('cart', []));
    const session = await open(token);
    handler(session);
    expect(sessions.answerNow(session)).toBeUndefined();
    await sessions.commit(session);
  });
});

describe('P-04 timers', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('none for store calls that answer in the same tick', async () => {
    const { visit, other, open } = visits<Data>();
    const token = await visit('', (session) => session.set('n', 1));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const renewed = await visit(token, (session) => session.set('n', 2).login('ada'));
    await visit(renewed, (session) => session.get('n'));
    await visit(renewed, (session) => session.touch());
    await other.read((await open(renewed)).id);
    await visit(renewed, (session) => session.logout());
    expect(timers).not.toHaveBeenCalled();
  });

  test('one for a call that takes longer, and it is cleared', async () => {
    const { visit, open } = visits<Data>({}, (store) => ({
      ...store,
      async read(id) {
        await new Promise((resolve) => setImmediate(resolve));
        return store.read(id);
      },
    }));
    const token = await visit('', (session) => session.set('n', 1));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    await open(token);
    expect(timers).toHaveBeenCalledTimes(1);
    expect(cleared).toHaveBeenCalledWith(timers.mock.results[0]?.value);
  });
});
