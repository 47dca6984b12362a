import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createSessions,
  type DataSchema,
  headerTransport,
  type SessionEvents,
  type SessionStore,
} from '../../src/index.js';
import {
  asideOf,
  dataSchema,
  type Migration,
  type StandardSchema,
} from '../../src/schema/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/index.js';

type AnyData = Record<string, unknown>;

const first = dataSchema(
  z.object({
    name: z.string().optional(),
    cents: z.number().optional(),
    user: z.object({ id: z.string() }).optional(),
  }),
) as DataSchema<AnyData>;

function second(migrate: Record<number, Migration> = { 1: toSecond }): DataSchema<AnyData> {
  const shape = z.object({
    name: z.object({ first: z.string() }).optional(),
    euros: z.number().default(0),
    user: z.object({ id: z.string(), roles: z.array(z.string()).optional() }).optional(),
  });
  return dataSchema(shape, { version: 2, migrate }) as DataSchema<AnyData>;
}

function toSecond({ name, cents, ...rest }: AnyData): AnyData {
  return {
    ...rest,
    ...(name !== undefined && { name: { first: name } }),
    ...(cents !== undefined && { euros: Number(cents) / 100 }),
  };
}

/** One visitor of servers with different schemas on one store. */
function site() {
  const clock = manualClock(Date.now());
  const store: SessionStore = memoryStore({ now: clock.now, warn: false });
  let headers: Record<string, string> = {};
  const events: SessionEvents['setAside'][] = [];
  const server = (data?: DataSchema<AnyData>, rotateAfter?: '1h') => {
    const transport = headerTransport('x-session');
    const options = { store, transport, now: clock.now, rotateAfter };
    const sessions =
      data === undefined ? createSessions<AnyData>(options) : createSessions({ ...options, data });
    sessions.on('setAside', (event) => events.push(event));
    return sessions;
  };
  return {
    clock,
    store,
    events,
    server,
    open: (sessions: ReturnType<typeof server>) => sessions.open(headers),
    async visit(
      sessions: ReturnType<typeof server>,
      task: (session: Awaited<ReturnType<typeof sessions.open>>) => unknown,
    ) {
      const session = await sessions.open(headers);
      await task(session);
      headers = { ...headers, ...Object.fromEntries((await sessions.commit(session)).headers) };
      return session;
    },
    async kept(): Promise<AnyData> {
      return { ...(await server().open(headers)).all() };
    },
  };
}

describe('older data', () => {
  test('is migrated when it is read, and stored in the new form with the next change', async () => {
    const { server, visit, kept } = site();
    const [old, now] = [server(first), server(second())];
    await visit(old, (session) => session.set('name', 'Ada').set('cents', 250));
    const read = await visit(now, (session) => {
      expect([session.get('name.first'), session.get('euros')]).toEqual(['Ada', 2.5]);
    });
    expect(read.outcome).toBe('unchanged');
    expect(await kept()).toEqual({ name: 'Ada', cents: 250 });
    await visit(now, (session) => session.increment('euros'));
    expect(await kept()).toEqual({ name: { first: 'Ada' }, euros: 3.5 });
    await visit(now, (session) => expect(session.get('euros')).toBe(3.5));
  });

  test('takes all steps, one after the other, and a step without a function changes nothing', async () => {
    const { server, visit } = site();
    await visit(server(), (session) => session.set('steps', ['1']));
    const step = (name: string) => (data: AnyData) => ({ steps: [...(data.steps as []), name] });
    const schema = dataSchema(z.object({ steps: z.array(z.string()).optional() }), {
      version: 5,
      migrate: { 1: step('2'), 2: step('3'), 4: step('5') },
    });
    await visit(server(schema as DataSchema<AnyData>), (session) =>
      expect(session.get('steps')).toEqual(['1', '2', '3', '5']),
    );
  });

  test('V-02 changes of two requests that both migrate it are both kept', async () => {
    const { server, visit, open, kept } = site();
    const [now, twin] = [server(second()), server(second())];
    await visit(server(first), (session) => session.set('name', 'Ada').set('cents', 100));
    const [one, other] = [await open(now), await open(twin)];
    one.increment('euros', 1);
    other.increment('euros', 2);
    other.set('name.first', 'Bob');
    await now.commit(one);
    await twin.commit(other);
    expect(await kept()).toEqual({ name: { first: 'Bob' }, euros: 4 });
  });

  test('flash stays flash', async () => {
    const { server, visit } = site();
    const shape = z.object({ notice: z.string().optional(), views: z.number().optional() });
    const schema = dataSchema(shape, {
      version: 2,
      migrate: { 1: ({ notice }) => ({ notice: `${notice}!` }) },
    }) as DataSchema<AnyData>;
    await visit(server(), (session) => session.flash('notice', 'Saved'));
    await visit(server(schema), (session) => session.set('views', 1));
    await visit(server(schema), (session) => expect(session.get('notice')).toBe('Saved!'));
    await visit(server(schema), (session) => expect(session.get('notice')).toBeUndefined());
  });

  const broken: [string, Migration][] = [
    [
      'throws',
      ({ name }) => {
        throw new Error(`no idea what ${name} is`);
      },
    ],
    ['returns a promise', () => Promise.reject(new Error('late'))],
    ['returns no object', () => 5 as never],
    ['makes what the codec cannot store', () => ({ euros: Number.NaN })],
  ];
  test.each(broken)('a migration that %s sets all of it aside', async (_, migration) => {
    const { server, visit, events, kept } = site();
    await visit(server(first), (session) => session.set('name', 'Ada-Lovelace').set('cents', 1));
    const now = server(second({ 1: migration }));
    await visit(now, (session) => {
      expect({ ...session.all() }).toEqual({ euros: 0 });
      expect(asideOf(session)).toMatchObject([
        {
          key: 'name',
          value: 'Ada-Lovelace',
          version: 1,
          reason: expect.stringMatching(/migration/),
        },
        { key: 'cents', value: 1, version: 1 },
      ]);
      session.set('euros', 7);
    });
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toContain('Ada-Lovelace');
    expect(await kept()).toEqual({ euros: 7 });
    // Aside values of an older version are not taken for those of the new one.
    await visit(now, (session) => expect(asideOf(session)).toHaveLength(2));
  });

  test('a migration cannot leave keys that reach a prototype', async () => {
    const { server, visit } = site();
    await visit(server(first), (session) => session.set('name', 'Ada'));
    const evil = () => JSON.parse('{"__proto__":{"admin":true},"constructor":1,"euros":2}');
    await visit(server(second({ 1: evil })), (session) => {
      expect(session.get('euros')).toBe(2);
      session.increment('euros');
    });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    await visit(server(second()), (session) => expect(session.get('euros')).toBe(3));
  });
});

describe('newer data', () => {
  /** A server of the new version stored the data; the old server is still there. */
  async function rolling() {
    const parts = site();
    const [old, now] = [parts.server(first, '1h'), parts.server(second())];
    await parts.visit(now, (session) =>
      session
        .set('name', { first: 'Ada' })
        .set('euros', 5)
        .set('user', { id: '1', roles: ['a'] }),
    );
    const text = async (): Promise<string> => {
      const { entries } = await parts.store.list!({ limit: 10 });
      return entries.find(({ record }) => record.createdAt > 0)!.record.data;
    };
    return { ...parts, old, now, text };
  }

  test('is read as far as it fits, and no change reaches it', async () => {
    const { visit, old, open, text } = await rolling();
    const before = await text();
    await visit(old, (session) => {
      expect(session.get('name')).toBeUndefined();
      expect(session.has('name')).toBe(false);
      expect(session.get('user')).toEqual({ id: '1' });
      expect({ ...session.all() }).toEqual({ user: { id: '1' } });
      expect(asideOf(session)).toEqual([]);
    });
    expect(await text()).toBe(before);
    const session = await open(old);
    const changes = [
      () => session.set('cents', 1),
      () => session.set('user.id', '2'),
      () => session.increment('cents'),
      () => session.delete('user'),
      () => session.flash('name', 'x'),
    ];
    for (const change of changes)
      expect(change).toThrow(expect.objectContaining({ code: 'newer-data', status: 503 }));
    expect(session.isChanged).toBe(false);
    (session.get('user') as { id: string }).id = '2';
    await expect(old.commit(session)).rejects.toMatchObject({ code: 'newer-data' });
    expect(await text()).toBe(before);
  });

  test('survives a renewal, a login and a form token of the old server as it is', async () => {
    const { visit, old, now, clock, open } = await rolling();
    clock.advance(70 * 60_000);
    const renewed = await visit(old, (session) => session.get('user'));
    expect(renewed.outcome).toBe('regenerated');
    await visit(old, (session) => session.csrfToken());
    await visit(old, (session) => session.login('ada'));
    const session = await open(now);
    expect({ ...session.all() }).toEqual({
      name: { first: 'Ada' },
      euros: 5,
      user: { id: '1', roles: ['a'] },
    });
    expect(session.userId).toBe('ada');
  });

  test('a change of the old server that meets it at its commit fails, and the newer data stays', async () => {
    const { visit, open, server, kept } = site();
    const [old, now] = [server(first), server(second())];
    await visit(old, (session) => session.set('name', 'Ada'));
    const slow = await open(old);
    slow.set('cents', 1);
    await visit(now, (session) => session.set('euros', 5));
    await expect(old.commit(slow)).rejects.toMatchObject({
      code: 'conflict',
      status: 503,
      cause: { code: 'newer-data' },
    });
    expect(await kept()).toEqual({ name: { first: 'Ada' }, euros: 5 });
  });

  test('logout and clear work on the old server', async () => {
    const { visit, old, open } = await rolling();
    await visit(old, (session) => session.clear().set('cents', 3));
    expect({ ...(await open(old)).all() }).toEqual({ cents: 3 });
    expect(await (await open(old)).logout()).toBe('destroyed');
  });
});

test('a key that only the new server knows comes back, whatever the old server stored meanwhile', async () => {
  const { server, visit, kept } = site();
  const known = { views: z.number().optional() };
  const old = server(dataSchema(z.object(known)) as DataSchema<AnyData>);
  const now = server(
    dataSchema(z.object({ ...known, plan: z.string().optional() })) as DataSchema<AnyData>,
  );
  await visit(now, (session) => session.set('plan', 'pro'));
  await visit(old, (session) => {
    expect({ ...session.all() }).toEqual({});
    session.set('views', 1);
  });
  expect(await kept()).toEqual({ views: 1 });
  await visit(now, (session) => {
    expect({ ...session.all() }).toEqual({ views: 1, plan: 'pro' });
    expect(asideOf(session)).toEqual([]);
    session.set('views', 2);
  });
  expect(await kept()).toEqual({ views: 2, plan: 'pro' });
});

describe('options that are refused', () => {
  const good = z.object({ a: z.string().optional() });
  const wrong: [string, () => unknown, RegExp][] = [
    ['no schema', () => dataSchema({} as never), /Standard Schema/],
    ['nothing', () => dataSchema(undefined as never), /Standard Schema/],
    ['no object', () => dataSchema(z.any().transform(() => 5) as never), /no object/],
    [
      'a key that an empty session lacks',
      () => dataSchema(z.object({ user: z.string() })),
      /does not accept \{\}.*user: .*optional/,
    ],
    [
      'a schema that answers later',
      () => dataSchema(good.refine(async () => true)),
      /answers asynchronously/,
    ],
    ['version 0', () => dataSchema(good, { version: 0 }), /version is 0/],
    ['a step beyond', () => dataSchema(good, { version: 2, migrate: { 2: (d) => d } }), /'2'/],
    [
      'no function',
      () => dataSchema(good, { version: 2, migrate: { 1: 5 as never } }),
      /migrate.1/,
    ],
    [
      'null as steps',
      () => dataSchema(good, { migrate: null as never }),
      /migrate is not an object/,
    ],
    ['null as options', () => dataSchema(good, null as never), /not an object/],
    ['a misspelt name', () => dataSchema(good, { versions: 2 } as never), /'versions'/],
    [
      'a bare schema',
      () => createSessions({ store: memoryStore(), data: good as never }),
      /dataSchema\(schema\)/,
    ],
  ];
  test.each(wrong)('%s', (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(make).toThrow(message);
  });

  test('a part that answers later, or throws, refuses what is set and is no crash for what is stored', async () => {
    const { server, visit } = site();
    const schema = dataSchema({
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => {
          const data = value as AnyData;
          if ('later' in data) return Promise.reject(new Error('late'));
          if ('thrown' in data) throw new Error(`at ${data.thrown}`);
          return { value: data };
        },
      },
    } satisfies StandardSchema<AnyData>);
    await visit(server(), (session) => session.set('later', 'x').set('thrown', 'a secret'));
    await visit(server(schema), (session) => {
      expect(() => session.set('later', 'y')).toThrow(/asynchronously/);
      expect(() => session.set('thrown', 'a secret')).toThrow(/the schema threw: at …/);
      expect({ ...session.all() }).toEqual({});
      expect(asideOf(session)).toHaveLength(2);
    });
  });
});
