import { describe, expect, test } from 'vitest';
import { createSessions, type ListOptions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { visits } from './visits.js';

interface Data {
  views: number;
}

type Server = ReturnType<typeof visits<Data>>;

const withCode = (code: string): unknown => expect.objectContaining({ code });

/** A store with pages of at most so many entries, in the order of the ids. */
function inPages(size: number): (store: SessionStore) => SessionStore {
  return (store) => {
    const page =
      (all: SessionStore['list']) =>
      async ({ after, limit }: { after?: string | undefined; limit: number }) => {
        const { entries = [] } = (await all?.({ limit: 1000 })) ?? {};
        const sorted = [...entries].sort((one, other) => (one.id < other.id ? -1 : 1));
        const rest = sorted.filter(({ id }) => after === undefined || id > after);
        const shown = rest.slice(0, Math.min(size, limit));
        return {
          entries: shown,
          next: shown.length < rest.length ? shown.at(-1)?.id : undefined,
        };
      };
    return {
      ...store,
      list: page(store.list),
      byUser: (userId, options) =>
        page(async (all) => (await store.byUser?.(userId, all)) ?? { entries: [] })(options),
    };
  };
}

async function start(server: Server, users: readonly string[]): Promise<string[]> {
  const tokens: string[] = [];
  for (const user of users) {
    tokens.push(
      await server.visit('', async (session) => {
        if (user !== '') await session.login(user);
        session.set('views', tokens.length);
      }),
    );
  }
  return tokens;
}

/** The views of every session that the pages give. */
async function listed({ sessions }: Server, options: ListOptions = {}): Promise<unknown[]> {
  const views: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await sessions.list({ ...options, after });
    expect(page.sessions.length).toBeLessThanOrEqual(options.limit ?? 50);
    views.push(...page.sessions.map(({ data }) => data.views));
    after = page.next;
  } while (after !== undefined);
  return views.sort();
}

describe('list', () => {
  test('gives every live session once, page after page', async () => {
    const server = visits<Data>({}, inPages(2));
    await start(server, ['', 'ada', 'bob', 'ada', '']);
    expect(await listed(server)).toEqual([0, 1, 2, 3, 4]);
    expect(await listed(server, { limit: 1 })).toEqual([0, 1, 2, 3, 4]);
    expect((await server.sessions.list({ limit: 1 })).sessions).toHaveLength(1);
  });

  test('gives those of a user', async () => {
    const server = visits<Data>({}, inPages(1));
    await start(server, ['', 'ada', 'bob', 'ada', '']);
    expect(await listed(server, { user: 'ada' })).toEqual([1, 3]);
    expect(await listed(server, { user: 'nobody' })).toEqual([]);
  });

  test('gives those that were not used for some time', async () => {
    const server = visits<Data>();
    const [used = ''] = await start(server, ['', '']);
    server.clock.advance('30m');
    await server.visit(used, (session) => session.touch());
    expect(await listed(server, { idleFor: '10m' })).toEqual([1]);
    expect(await listed(server, { idleFor: '31m' })).toEqual([]);
  });

  test('gives those that began, or logged in, some time ago', async () => {
    const server = visits<Data>();
    const [first = ''] = await start(server, ['']);
    server.clock.advance('1h');
    await start(server, ['']);
    await server.visit(first, (session) => session.set('views', 7));
    expect(await listed(server, { olderThan: '30m' })).toEqual([7]);
    await server.visit(first, (session) => session.login('ada'));
    expect(await listed(server, { olderThan: '30m' })).toEqual([]);
  });

  test('conditions go together', async () => {
    const server = visits<Data>();
    await start(server, ['ada', 'bob']);
    server.clock.advance('30m');
    await start(server, ['ada']);
    expect(await listed(server, { user: 'ada', idleFor: '10m', olderThan: '10m' })).toEqual([0]);
  });

  test('leaves out what ended, expired and moved', async () => {
    const server = visits<Data>({ lifetime: '10h' });
    const [ended = '', moved = ''] = await start(server, ['', 'ada', 'bob']);
    await server.visit(ended, (session) => session.logout());
    await server.visit(moved, (session) => session.regenerate());
    expect(await listed(server)).toEqual([1, 2]);
    server.clock.advance('10h');
    expect(await listed(server)).toEqual([]);
  });

  test('a record that cannot be read is left out and reported, and the others are there', async () => {
    const server = visits<Data>();
    const tokens = await start(server, ['ada', 'ada', 'ada']);
    const { id } = await server.open(tokens[1] ?? '');
    const stored = await server.store.read(id);
    if (stored === undefined) throw new Error('the session is not stored');
    const rejected: unknown[] = [];
    server.sessions.on('rejected', (event) => rejected.push(event));
    for (const data of ['damaged', '1{"h":"h","w":[],"k":["views",1]}\n{']) {
      const present = await server.store.read(id);
      await server.store.update(id, { ...stored.record, data }, present?.version);
      expect(await listed(server)).toEqual([0, 2]);
      expect(await listed(server, { user: 'ada' })).toEqual([0, 2]);
      expect(rejected.splice(0)).toEqual([
        { reason: 'record', id },
        { reason: 'record', id },
      ]);
    }
  });

  test('wrong options are refused', async () => {
    const { sessions } = visits<Data>();
    const wrong: unknown[] = [
      { limit: 0 },
      { limit: 1.5 },
      { limit: '10' },
      { idleFor: 0 },
      { idleFor: 30 },
      { olderThan: 'long' },
      { userId: 'ada' },
    ];
    for (const options of wrong)
      await expect(sessions.list(options as ListOptions)).rejects.toThrow(
        withCode('invalid-option'),
      );
    await expect(sessions.list({ user: '' })).rejects.toThrow(withCode('invalid-value'));
  });
});

describe('count, ofUser and read', () => {
  test('count leaves out what ended and moved', async () => {
    const server = visits<Data>();
    const [ended = '', moved = ''] = await start(server, ['', 'ada', 'bob']);
    expect(await server.sessions.count()).toBe(3);
    await server.visit(ended, (session) => session.logout());
    await server.visit(moved, (session) => session.regenerate());
    expect(await server.sessions.count()).toBe(2);
    await server.sessions.destroyAll();
    expect(await server.sessions.count()).toBe(0);
  });

  test('ofUser gives the last used first, from every page', async () => {
    const server = visits<Data>({ clientFacts: true }, inPages(1));
    const tokens: string[] = [];
    for (const user of ['ada', 'bob', 'ada', 'ada']) {
      server.clock.advance('1m');
      tokens.push(...(await start(server, [user])));
    }
    server.clock.advance('1m');
    await server.visit(tokens[2] ?? '', (session) => session.set('views', 9).touch());
    const devices = await server.sessions.ofUser('ada');
    expect(devices.map(({ data }) => data.views)).toEqual([9, 0, 0]);
    expect(devices.map(({ touchedAt }) => touchedAt)).toEqual(
      devices.map(({ touchedAt }) => touchedAt).sort((one, other) => other - one),
    );
  });

  test('a session that moves while it is looked for is there once', async () => {
    for (let calls = 0; calls < 6; calls++) {
      let countdown = calls;
      let move: (() => Promise<unknown>) | undefined;
      const server = visits<Data>({}, (store) => {
        const paged = inPages(1)(store);
        return {
          ...paged,
          async byUser(...call) {
            if (countdown-- === 0) await move?.();
            return (await paged.byUser?.(...call)) ?? { entries: [] };
          },
        };
      });
      const [token = ''] = await start(server, ['ada', 'bob', 'ada']);
      const session = await server.open(token, server.other);
      const { handle } = session;
      move = () => session.regenerate();
      const devices = await server.sessions.ofUser('ada');
      expect(devices.length).toBeLessThanOrEqual(2);
      expect(devices.filter((device) => device.handle === handle).length).toBeLessThanOrEqual(1);
    }
  });

  test('read follows an id for as long as its trace lives', async () => {
    const server = visits<Data>({ deadFor: '1m' });
    const [token = ''] = await start(server, ['ada']);
    const { id } = await server.open(token);
    const next = await server.visit(token, (session) => session.regenerate());
    const moved = await server.open(next);
    expect(await server.sessions.read(id)).toMatchObject({ id: moved.id, handle: moved.handle });
    server.clock.advance('1m');
    expect(await server.sessions.read(id)).toBeUndefined();
    expect(await server.sessions.read(moved.id)).toMatchObject({ userId: 'ada' });
  });

  test('snapshots are copies', async () => {
    const server = visits<{ list: string[] }>();
    const token = await server.visit('', (session) => session.set('list', ['a']));
    const { id } = await server.open(token);
    (await server.sessions.read(id))?.data.list?.push('b');
    expect(await server.sessions.read(id)).toMatchObject({ data: { list: ['a'] } });
  });

  test('what a store cannot do is said', async () => {
    const { list, count, byUser, prune, clear, ...plain } = memoryStore();
    expect([list, count, byUser, prune, clear]).not.toContain(undefined);
    const sessions = createSessions<Data>({ store: plain });
    for (const call of [
      sessions.list(),
      sessions.list({ user: 'ada' }),
      sessions.count(),
      sessions.ofUser('ada'),
      sessions.changeUser('ada', () => undefined),
      sessions.destroyUser('ada'),
      sessions.destroyAll(),
      sessions.prune(),
    ])
      await expect(call).rejects.toThrow(withCode('unsupported'));
  });
});
