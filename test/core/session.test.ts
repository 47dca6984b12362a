import { describe, expect, test } from 'vitest';
import { type Answer, createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sentToken, visits } from './visits.js';

interface Data {
  name: string | null;
  views: number;
  user: { name?: string; teams?: string[] };
  list: string[];
}

const withCode = (code: string, path?: string): unknown =>
  expect.objectContaining(path === undefined ? { code } : { code, path });

async function opened(start: Partial<Data> = {}) {
  const server = visits<Data>();
  const token = await server.visit('', (session) => {
    session.set('views', 0);
    for (const [key, value] of Object.entries(start))
      session.set([key as 'views'], value as number);
  });
  return { ...server, token, session: await server.open(token) };
}

describe('reading', () => {
  test('has / exists / missing: present and not null / present, null included / absent or null', async () => {
    const { session } = await opened({ name: null, user: { name: 'Ada' } });
    const answers = (path: 'name' | 'views' | 'list' | 'user.name' | 'user.teams') => [
      session.has(path),
      session.exists(path),
      session.missing(path),
    ];
    expect(answers('name')).toEqual([false, true, true]);
    expect(answers('views')).toEqual([true, true, false]);
    expect(answers('list')).toEqual([false, false, true]);
    expect(answers('user.name')).toEqual([true, true, false]);
    expect(answers('user.teams')).toEqual([false, false, true]);
  });

  test('get of an absent key is undefined, or the fallback: a value or a function', async () => {
    const { session } = await opened({ name: null });
    let calls = 0;
    const fallback = (): string[] => [`call ${++calls}`];
    expect(session.get('list')).toBeUndefined();
    expect(session.get('list', ['none'])).toEqual(['none']);
    expect(session.get('list', fallback)).toEqual(['call 1']);
    expect(session.get('views', 7)).toBe(0);
    expect(session.get('name', 'fallback')).toBeNull();
    expect(session.exists('list')).toBe(false);
    expect(calls).toBe(1);
  });

  test('all, only and except are copies of the top level without prototype', async () => {
    const { session } = await opened({ name: 'Ada', list: ['a'] });
    expect({ ...session.all() }).toEqual({ views: 0, name: 'Ada', list: ['a'] });
    expect({ ...session.only(['name', 'user']) }).toEqual({ name: 'Ada' });
    expect({ ...session.except(['name']) }).toEqual({ views: 0, list: ['a'] });
    expect(Object.getPrototypeOf(session.all())).toBeNull();
    Object.assign(session.all(), { name: 'Eve' });
    expect([session.get('name'), session.isChanged]).toEqual(['Ada', false]);
  });

  test('a dot in a string is a step, in an array it is part of the key', async () => {
    const { visit, open } = visits();
    const token = await visit('', (session) =>
      session.set('user.teams', ['a']).set(['user.teams'], 'literal'),
    );
    const session = await open(token);
    expect({ ...session.all() }).toEqual({ user: { teams: ['a'] }, 'user.teams': 'literal' });
    expect([
      session.get('user.teams'),
      session.get(['user', 'teams']),
      session.get(['user.teams']),
    ]).toEqual([['a'], ['a'], 'literal']);
    expect(session.get('user.teams.0')).toBe('a');
  });

  test.for(['', '.', 'a.', '.a', 'a..b'])("the path '%s' is refused", async (path) => {
    const session = await visits().open('');
    expect(() => session.get(path)).toThrow(withCode('invalid-path'));
  });

  test('an empty list of keys is refused', async () => {
    const session = await visits().open('');
    expect(() => session.get([] as never)).toThrow(withCode('invalid-path'));
  });
});

describe('changing', () => {
  test('set makes what is on the way, and undefined removes', async () => {
    const { session } = await opened();
    expect(session.set('user.name', 'Ada')).toBe(session);
    expect(session.get('user')).toEqual({ name: 'Ada' });
    session.set('user.name', undefined).set('views', undefined);
    expect({ ...session.all() }).toEqual({ user: {} });
  });

  test('a path through what has no keys is refused', async () => {
    const { session } = await opened({ name: 'Ada' });
    expect(() => session.set('name.first' as 'name', 'x')).toThrow(
      withCode('invalid-path', 'name.first'),
    );
  });

  test('list elements are reached by index, and a list has no holes', async () => {
    const { session } = await opened({ list: ['a', 'b', 'c'] });
    session.set('list.1', 'B').set('list.3', 'd');
    expect(session.get('list')).toEqual(['a', 'B', 'c', 'd']);
    expect(session.delete('list.0')).toBe(true);
    expect(session.get('list')).toEqual(['B', 'c', 'd']);
    for (const path of ['list.9', 'list.-1', 'list.length', 'list.x'] as const) {
      expect(() => session.set(path as 'list.9', 'x')).toThrow(withCode('invalid-path', path));
    }
  });

  test('delete says whether something was there', async () => {
    const { session } = await opened({ name: null, user: { name: 'Ada' } });
    expect([session.delete('name'), session.delete('name')]).toEqual([true, false]);
    expect([
      session.delete('user.name'),
      session.delete('user.name'),
      session.delete('user.teams.3'),
    ]).toEqual([true, false, false]);
    expect({ ...session.all() }).toEqual({ views: 0, user: {} });
  });

  test('pull gives the value, or the fallback, and removes it', async () => {
    const { session } = await opened({ name: 'Ada', user: { teams: ['a'] } });
    expect([session.pull('name'), session.pull('name'), session.pull('name', 'none')]).toEqual([
      'Ada',
      undefined,
      'none',
    ]);
    expect(session.pull('user.teams')).toEqual(['a']);
    expect({ ...session.all() }).toEqual({ views: 0, user: {} });
  });

  test('push, increment, decrement and update start from nothing', async () => {
    const { session } = await opened();
    expect(session.push('list', 'a', 'b').push('list', 'c')).toBe(session);
    expect([
      session.increment('views'),
      session.increment('views', 5),
      session.decrement('views', 2),
    ]).toEqual([1, 6, 4]);
    session.update('name', (present) => `${present}!`).push('user.teams', 'x');
    expect({ ...session.all() }).toEqual({
      views: 4,
      list: ['a', 'b', 'c'],
      name: 'undefined!',
      user: { teams: ['x'] },
    });
  });

  test('a verb that does not fit the value is a clear error, and changes nothing', async () => {
    const { session } = await opened({ name: 'Ada' });
    expect(() => session.increment('name' as 'views')).toThrow(withCode('invalid-value', 'name'));
    expect(() => session.push('name' as 'list', 'x')).toThrow(withCode('invalid-value', 'name'));
    expect(() => session.increment('views', Number.NaN)).toThrow(
      withCode('invalid-value', 'views'),
    );
    expect([session.isChanged, { ...session.all() }]).toEqual([false, { views: 0, name: 'Ada' }]);
  });

  test('a value that cannot be stored is an error that names its path, before the response', async () => {
    const { session, sessions, open, token } = await opened();
    session.set('user', { teams: ['a', 3n as never] });
    await expect(sessions.commit(session)).rejects.toThrow(
      withCode('invalid-value', 'user.teams.1'),
    );
    expect({ ...(await open(token)).all() }).toEqual({ views: 0 });
  });

  test('clear removes all data, and the session stays', async () => {
    const { session, sessions, token, found } = await opened({ name: 'Ada' });
    session.clear();
    expect(sentToken(await sessions.commit(session))).toBeUndefined();
    expect([session.outcome, await found(token)]).toEqual(['updated', {}]);
  });
});

describe('what a session is', () => {
  test('an empty session is never stored, and sends no token', async () => {
    const { sessions, store } = visits<Data>();
    for (const handler of [
      'nothing',
      'clear',
      'set and delete',
      'regenerate',
      'destroy',
      'invalidate',
    ] as const) {
      const session = await sessions.open({});
      if (handler === 'clear') session.clear();
      if (handler === 'set and delete') session.set('views', 1).delete('views');
      if (handler === 'regenerate') await session.regenerate();
      if (handler === 'destroy') await session.destroy();
      if (handler === 'invalidate') await session.invalidate();
      expect(sentToken(await sessions.commit(session))).toBeUndefined();
    }
    expect(await store.count?.()).toBe(0);
  });

  test('id, isNew, isChanged, createdAt, expiresAt and userId', async () => {
    const { sessions, clock, open } = visits<Data>();
    const session = await sessions.open({});
    expect([session.isNew, session.isChanged, session.isReadOnly, session.userId]).toEqual([
      true,
      false,
      false,
      undefined,
    ]);
    const { id } = session;
    session.set('views', 1);
    expect(session.isChanged).toBe(true);
    const token = sentToken(await sessions.commit(session)) ?? '';
    expect([session.id, session.isNew, session.isChanged, session.outcome]).toEqual([
      id,
      false,
      false,
      'created',
    ]);
    const createdAt = clock.now();
    clock.advance('10m');
    const later = await open(token);
    expect([later.id, later.createdAt, later.expiresAt]).toEqual([
      id,
      createdAt,
      createdAt + 2 * 3_600_000 + 60_000,
    ]);
  });

  test('regenerate keeps data and user under a new token; the old one is dead', async () => {
    const { session, commit, found, open, token } = await opened({ name: 'Ada' });
    const { id, createdAt } = session;
    await session.login('ada');
    const second = await commit(session, token);
    const again = await open(second);
    expect(await again.regenerate()).toBe('regenerated');
    const third = await commit(again, second);
    expect(new Set([token, second, third]).size).toBe(3);
    expect([await found(token), await found(second), await found(third)]).toEqual([
      undefined,
      undefined,
      { views: 0, name: 'Ada' },
    ]);
    const last = await open(third);
    expect([last.userId, last.createdAt, last.id === id]).toEqual(['ada', createdAt, false]);
  });

  test('login starts both clocks anew, and takes a user id as text', async () => {
    const { session, commit, open, clock } = await opened();
    clock.advance('1h');
    expect(await session.login('ada')).toBe('regenerated');
    const token = await commit(session);
    expect((await open(token)).createdAt).toBe(clock.now());
    for (const wrong of ['', 7, undefined]) {
      await expect((await open(token)).login(wrong as string)).rejects.toThrow(
        withCode('invalid-value', 'userId'),
      );
    }
  });

  test('login of a visitor without a session makes one', async () => {
    const { visit, open } = visits<Data>();
    const token = await visit('', (session) => session.login('ada'));
    expect((await open(token)).userId).toBe('ada');
  });

  test.for(['invalidate', 'logout'] as const)(
    '%s ends the session; an empty one goes on',
    async (verb) => {
      const { session, sessions, token, found, store } = await opened({ name: 'Ada' });
      expect(await session[verb]()).toBe('destroyed');
      expect([session.isNew, { ...session.all() }, session.userId]).toEqual([true, {}, undefined]);
      expect(sentToken(await sessions.commit(session))).toBe('');
      expect([await found(token), await store.count?.()]).toEqual([undefined, 0]);
    },
  );

  test('what is set after an invalidate is a new session with a new token', async () => {
    const { session, commit, token, found } = await opened({ name: 'Ada' });
    await session.invalidate();
    session.set('views', 9);
    const next = await commit(session);
    expect([next === token, next === '', await found(token), await found(next)]).toEqual([
      false,
      false,
      undefined,
      { views: 9 },
    ]);
  });

  test('destroy deletes the record, takes the token away, and ends the session object', async () => {
    const { session, sessions, token, found } = await opened();
    expect(await session.destroy()).toBe('destroyed');
    expect(() => session.set('views', 1)).toThrow(withCode('ended'));
    expect(sentToken(await sessions.commit(session))).toBe('');
    expect([session.outcome, await found(token)]).toEqual(['destroyed', undefined]);
  });

  test('destroy takes the cookie away with the very attributes that it was sent with', async () => {
    const sessions = createSessions<Data>({ store: memoryStore(), cookie: { sameSite: 'strict' } });
    const first = await sessions.open({}, { secure: true });
    const cookieOf = ({ headers }: Answer) =>
      headers.find(([name]) => name === 'Set-Cookie')?.[1] ?? '';
    const sent = cookieOf(await sessions.commit(first.set('views', 1)));
    const second = await sessions.open({ cookie: sent.split(';')[0] }, { secure: true });
    await second.destroy();
    const taken = cookieOf(await sessions.commit(second));
    const attributes = (cookie: string) => cookie.split('; ').slice(1);
    expect(attributes(taken)).toEqual(expect.arrayContaining(attributes(sent)));
    expect(taken).toContain('Max-Age=0');
  });

  test('touch moves the idle deadline however young the last one is', async () => {
    const { session, sessions, clock, open, token } = await opened();
    const before = session.expiresAt;
    clock.advance('1s');
    await sessions.commit(session.touch());
    expect([session.outcome, (await open(token)).expiresAt]).toEqual(['touched', before + 1000]);
  });

  test('save stores at once and shows what others stored; reload drops what is not stored', async () => {
    const { session, open, other, found, token } = await opened();
    const racer = await open(token, other);
    await racer.set('name', 'Eve').save();
    expect(session.get('name')).toBeUndefined();
    expect((await session.increment('views')) && (await session.save())).toBe('updated');
    expect([session.get('name'), session.isChanged, await found(token)]).toEqual([
      'Eve',
      false,
      { views: 1, name: 'Eve' },
    ]);
    session.set('views', 99);
    await session.reload();
    expect([session.get('views'), session.isChanged]).toEqual([1, false]);
  });

  test('after another request ended it, commit, save and reload say gone, and no token is sent', async () => {
    const { open, other, token, sessions } = await opened();
    const [committed, saved, reloaded] = [await open(token), await open(token), await open(token)];
    await (await open(token, other)).destroy();
    expect(sentToken(await sessions.commit(committed.set('views', 1)))).toBeUndefined();
    expect(committed.outcome).toBe('gone');
    expect(await saved.set('views', 1).save()).toBe('gone');
    expect(await reloaded.reload()).toBe('gone');
  });

  test("after a reload that found the session ended, what the handler sets is the next login's", async () => {
    const { open, other, visit, sessions } = await opened();
    const token = await visit('', (session) => session.login('ada'));
    const session = await open(token);
    await (await open(token, other)).destroy();
    expect(await session.reload()).toBe('gone');
    session.set('views', 7);
    await session.login('bob');
    const next = sentToken(await sessions.commit(session)) ?? '';
    expect({ ...(await open(next)).all() }).toEqual({ views: 7 });
  });

  test('a session that stands in for one that cannot be read is empty and refuses changes', async () => {
    const broken = { ...memoryStore(), read: () => Promise.reject(new Error('down')) };
    const { token } = await opened();
    const { open } = visits<Data>({ store: broken, onStoreError: 'anonymous' });
    const session = await open(token);
    expect([session.isReadOnly, { ...session.all() }]).toEqual([true, {}]);
    expect(() => session.set('views', 1)).toThrow(withCode('read-only'));
    await expect(session.login('ada')).rejects.toThrow(withCode('read-only'));
  });

  test('a write after the response began is a clear error', async () => {
    const { session, sessions } = await opened();
    await sessions.commit(session);
    expect(() => session.set('views', 1)).toThrow(withCode('too-late'));
  });
});
