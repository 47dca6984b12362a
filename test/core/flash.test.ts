import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/index.js';
import { visits } from './visits.js';

interface Data {
  message: string;
  other: string;
  views: number;
}

/** What each of three following requests sees under `message`. */
async function nextThree(
  token: string,
  { visit }: Pick<ReturnType<typeof visits<Data>>, 'visit'>,
): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (let request = 0; request < 3; request++)
    await visit(token, (session) => seen.push(session.get('message')));
  return seen;
}

describe.each(['page', 'read', 'next'] as const)("with flash: '%s', flash lives", (flash) => {
  test('in the request that sets it and in the next one that reads it', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) => {
      session.flash('message', 'added');
      expect(session.get('message')).toBe('added');
    });
    expect(await nextThree(token, server)).toEqual(['added', undefined, undefined]);
  });

  test('reflash carries all of it one request further, keep carries some', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) =>
      session.flash('message', 'a').flash('other', 'b'),
    );
    await server.visit(token, (session) => session.reflash());
    await server.visit(token, (session) => {
      expect({ ...session.all() }).toEqual({ message: 'a', other: 'b' });
      session.keep(['message']);
    });
    await server.visit(token, (session) => expect({ ...session.all() }).toEqual({ message: 'a' }));
    expect(await nextThree(token, server)).toEqual([undefined, undefined, undefined]);
  });

  test('reflash works after a save, too', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) => session.flash('message', 'a'));
    await server.visit(token, async (session) => {
      await session.set('views', 1).save();
      session.reflash();
    });
    expect(await nextThree(token, server)).toEqual(['a', undefined, undefined]);
  });

  test('keep and reflash leave alone what is no flash', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) =>
      session.set('views', 1).flash('message', 'a'),
    );
    await server.visit(token, (session) =>
      session.set('message', 'stays').keep(['message', 'views']).reflash(),
    );
    expect(await nextThree(token, server)).toEqual(['stays', 'stays', 'stays']);
    expect(await server.found(token)).toEqual({ views: 1, message: 'stays' });
  });

  test('now is for this request only, and is not stored', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) => session.set('views', 1));
    await server.visit(token, (session) => {
      session.now('message', 'only here');
      expect(session.get('message')).toBe('only here');
      expect({ ...session.all() }).toEqual({ views: 1, message: 'only here' });
    });
    expect(await nextThree(token, server)).toEqual([undefined, undefined, undefined]);
  });

  test('a session that has only what passes is not stored', async () => {
    const { sessions, store } = visits<Data>({ flash });
    const session = await sessions.open({});
    session.now('message', 'only here');
    expect((await sessions.commit(session)).headers).toEqual([['Vary', 'x-session']]);
    expect([session.outcome, await store.count?.()]).toEqual(['unchanged', 0]);
  });

  test('flash over a key that stays takes its place, and a set over flash makes it stay', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) => session.set('message', 'stays'));
    await server.visit(token, (session) => session.flash('message', 'flashed'));
    expect(await nextThree(token, server)).toEqual(['flashed', undefined, undefined]);
    await server.visit(token, (session) =>
      session.flash('message', 'flashed').set('message', 'stays'),
    );
    expect(await nextThree(token, server)).toEqual(['stays', 'stays', 'stays']);
  });

  test('it goes with the session to a new token', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) => session.set('views', 1));
    const moved = await server.visit(token, (session) =>
      session.flash('message', 'welcome').login('ada'),
    );
    expect(await nextThree(moved, server)).toEqual(['welcome', undefined, undefined]);
  });

  test('after a logout it is for the next page of nobody', async () => {
    const server = visits<Data>({ flash });
    const token = await server.visit('', (session) => session.set('views', 1));
    const anonymous = await server.visit(token, async (session) => {
      await session.logout();
      session.flash('message', 'bye');
    });
    expect(await server.found(token)).toBeUndefined();
    expect(await server.found(anonymous)).toEqual({ message: 'bye' });
  });
});

describe.each(['page', 'read'] as const)("with flash: '%s',", (flash) => {
  type Visit = ReturnType<typeof visits<Data>>['visit'];
  const flashed = (visit: Visit): Promise<string> =>
    visit('', (session) => session.set('views', 1).flash('message', 'added'));

  test('requests that do not read it leave it for one that does', async () => {
    const server = visits<Data>({ flash });
    const token = await flashed(server.visit);
    await server.visit(token, (session) => session.increment('views'));
    await server.visit(token, () => undefined);
    expect(await nextThree(token, server)).toEqual(['added', undefined, undefined]);
    expect(await server.found(token)).toEqual({ views: 2 });
  });

  const asking: [string, (session: Session<Data>) => unknown][] = [
    ['has', (session) => expect(session.has('message')).toBe(true)],
    ['exists', (session) => expect(session.exists('message')).toBe(true)],
    ['missing', (session) => expect(session.missing('message')).toBe(false)],
    ['JSON', (session) => expect(JSON.stringify(session)).toContain('added')],
    ['inspection', (session) => expect(inspect(session)).toContain('message')],
    ['a key beside it', (session) => session.only(['views'])],
    ['all the others', (session) => session.except(['message'])],
    ['isChanged', (session) => expect(session.isChanged).toBe(false)],
  ];

  test.for(asking)('it is not ended by asking: %s', async ([, ask]) => {
    const server = visits<Data>({ flash });
    const token = await flashed(server.visit);
    const session = await server.open(token);
    ask(session);
    await server.commit(session);
    expect(session.outcome).toBe('unchanged');
    expect(await nextThree(token, server)).toEqual(['added', undefined, undefined]);
  });

  const reading: [string, (session: Session<Data>) => unknown][] = [
    ['get', (session) => session.get('message')],
    ['pull', (session) => session.pull('message')],
    ['all', (session) => session.all().message],
    ['only', (session) => session.only(['message']).message],
    ['except', (session) => session.except(['views']).message],
  ];

  test.for(reading)('it is ended by reading: %s', async ([, read]) => {
    const server = visits<Data>({ flash });
    const token = await flashed(server.visit);
    await server.visit(token, (session) => {
      expect(read(session)).toBe('added');
      // Reading again in the same request finds it again, unless the request pulled it.
      session.get('message');
    });
    expect(await nextThree(token, server)).toEqual([undefined, undefined, undefined]);
  });

  test('reading it twice in one request shows it twice', async () => {
    const server = visits<Data>({ flash });
    const token = await flashed(server.visit);
    await server.visit(token, (session) =>
      expect([session.get('message'), session.get('message')]).toEqual(['added', 'added']),
    );
  });

  test('a session that was opened for reading shows it, and it stays', async () => {
    const server = visits<Data>({ flash });
    const token = await flashed(server.visit);
    const page = await server.sessions.open({ 'x-session': token }, {}, { readOnly: true });
    expect(page.get('message')).toBe('added');
    await server.commit(page);
    expect(await nextThree(token, server)).toEqual(['added', undefined, undefined]);
  });

  test('of two requests at once that read it, both show it, and then it is gone', async () => {
    const { visit, open, commit, found, other } = visits<Data>({ flash });
    const token = await flashed(visit);
    const [slow, fast] = [await open(token), await open(token, other)];
    expect([slow.get('message'), fast.get('message')]).toEqual(['added', 'added']);
    await other.commit(fast);
    await commit(slow);
    expect(await found(token)).toEqual({ views: 1 });
  });

  test('a request that failed does not end it', async () => {
    const down: string[] = [];
    const server = visits<Data>({ flash }, (store) => ({
      ...store,
      update: (...call) => (down.length > 0 ? Promise.reject(new Error()) : store.update(...call)),
    }));
    const token = await flashed(server.visit);
    down.push('update');
    await server.visit(token, (session) => session.get('message'));
    down.pop();
    expect(await nextThree(token, server)).toEqual(['added', undefined, undefined]);
  });
});

describe("with flash: 'next'", () => {
  test('a next request that does not look at it is the next one all the same', async () => {
    const server = visits<Data>({ flash: 'next' });
    const token = await server.visit('', (session) =>
      session.set('views', 1).flash('message', 'added'),
    );
    await server.visit(token, (session) => session.increment('views'));
    expect(await nextThree(token, server)).toEqual([undefined, undefined, undefined]);
    expect(await server.found(token)).toEqual({ views: 2 });
  });
});

describe.each(['page', 'read', 'next'] as const)(
  "with flash: '%s', of requests at once",
  (flash) => {
    test('a conflict does not show again what a request has read', async () => {
      const { visit, open, commit, found, other } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 0).flash('message', 'added'));
      const [slow, fast] = [await open(token), await open(token, other)];
      await other.commit(fast.set('views', 1));
      expect(slow.get('message')).toBe('added');
      await commit(slow.set('other', 'x'));
      expect(await found(token)).toEqual({ views: 1, other: 'x' });
    });

    test('what one request flashes again, another does not take away', async () => {
      const { visit, open, commit, found, other } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 0).flash('message', 'added'));
      const [slow, fast] = [await open(token), await open(token, other)];
      await other.commit(fast.reflash());
      await commit(slow.set('other', 'x'));
      expect(await found(token)).toEqual({ views: 0, other: 'x', message: 'added' });
    });

    test('what another request flashed meanwhile is there for the next one', async () => {
      const { visit, open, commit, found, other } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 0));
      const [slow, fast] = [await open(token), await open(token, other)];
      await other.commit(fast.flash('message', 'added'));
      await commit(slow.set('other', 'x'));
      expect(await found(token)).toEqual({ views: 0, other: 'x', message: 'added' });
    });

    test('a save and a reload keep what this request flashed for the next one', async () => {
      const { visit, open, commit, found } = visits<Data>({ flash });
      const token = await visit('', (session) => session.set('views', 0));
      const session = await open(token);
      await session.flash('message', 'added').save();
      await session.reload();
      expect(session.get('message')).toBe('added');
      await commit(session.set('views', 1));
      expect(await found(token)).toEqual({ views: 1, message: 'added' });
    });
  },
);
