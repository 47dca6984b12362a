import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { richCodec } from '../../src/codecs/rich.js';
import {
  cookieSessions,
  createSessions,
  type DataSchema,
  headerTransport,
  predecessor,
  type SessionError,
  type SessionEvents,
  type SessionStore,
} from '../../src/index.js';
import { asideOf, dataSchema } from '../../src/schema/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';
import { LIBRARIES, type Shop } from './schemas.js';

/** Sessions without a schema, to store whatever there may be, and with the schema. */
function site<Data extends object>(schema: DataSchema<Data>, store: SessionStore = memoryStore()) {
  const transport = headerTransport('x-session');
  const codec = richCodec();
  const free = createSessions<Record<string, unknown>>({ store, transport, codec });
  const sessions = createSessions<Data>({ store, transport, codec, data: schema });
  let headers: Record<string, string> = {};
  const events: SessionEvents['setAside'][] = [];
  sessions.on('setAside', (event) => events.push(event));
  return {
    store,
    sessions,
    events,
    open: () => sessions.open(headers),
    openFree: () => free.open(headers),
    async visit(task: (session: Awaited<ReturnType<typeof sessions.open>>) => unknown) {
      const session = await sessions.open(headers);
      await task(session);
      headers = { ...headers, ...Object.fromEntries((await sessions.commit(session)).headers) };
      return session;
    },
    async stored(data: Record<string, unknown>) {
      const session = await free.open(headers);
      for (const [key, value] of Object.entries(data)) session.set(key, value);
      headers = { ...headers, ...Object.fromEntries((await free.commit(session)).headers) };
    },
    /** What is in the store, whatever the schema says. */
    async kept() {
      return { ...(await free.open(headers)).all() };
    },
  };
}

function thrownBy(task: () => unknown): SessionError {
  try {
    task();
  } catch (error) {
    return error as SessionError;
  }
  throw new Error('nothing was thrown');
}

describe.each(LIBRARIES)('a schema of $library', ({ schema: any }) => {
  const schema = any as DataSchema<Shop>;

  test('what fits is stored', async () => {
    const { visit, kept } = site(schema);
    await visit((session) => {
      session.set('cart', [{ sku: 'a', quantity: 1 }]).push('cart', { sku: 'b', quantity: 2 });
      session.set('user.name', 'Ada').increment('views', 5);
      session.flash('notice', 'Saved');
    });
    expect(await kept()).toEqual({
      cart: [
        { sku: 'a', quantity: 1 },
        { sku: 'b', quantity: 2 },
      ],
      user: { name: 'Ada' },
      views: 15,
      notice: 'Saved',
    });
  });

  test('what does not fit is refused where it is set, and nothing changes', async () => {
    const { visit, open, kept } = site(schema);
    const before = { cart: [{ sku: 'a', quantity: 1 }], views: 999, user: { name: 'Ada' } };
    await visit((session) => {
      for (const [key, value] of Object.entries(before)) session.set(key as 'views', value as 999);
    });
    const session = await open();
    const wrong: [string, () => unknown][] = [
      ['views', () => session.set('views', 'many' as never)],
      ['views', () => session.increment('views', 2)],
      ['cart.1.quantity', () => session.push('cart', { sku: 'b', quantity: 0 })],
      ['cart.0.quantity', () => session.set('cart.0.quantity', -1)],
      ['user.name', () => session.set('user.name', 'A')],
      ['user.name', () => session.delete('user.name')],
      ['user.name', () => session.update('user', () => ({ name: 'B' }))],
      [
        'cart.0.sku',
        () =>
          session.update('cart', (cart = []) => {
            for (const item of cart) item.sku = 7 as never;
            return cart;
          }),
      ],
      ['notice', () => session.flash('notice', 5 as never)],
      ['notice', () => session.now('notice', 5 as never)],
      ['basket', () => session.set('basket' as 'notice', 'x')],
    ];
    for (const [path, change] of wrong) {
      const error = thrownBy(change);
      expect([path, error.code, error.path]).toEqual([path, 'invalid-data', path]);
    }
    expect(session.isChanged).toBe(false);
    expect(session.only(['cart', 'views', 'user'])).toEqual(before);
    session.set('notice', 'go on');
    await visit(() => undefined);
    expect(await kept()).toEqual(before);
  });

  test('the error names the path and the reason, and never the value', async () => {
    const { open } = site(schema);
    const session = await open();
    const secrets = ['hunter2-secret', 'x"y\\z\n', '1234567', 'é€𝄞ab', 'ab1'];
    for (const secret of secrets) {
      const errors = [
        thrownBy(() => session.set('views', secret as never)),
        thrownBy(() => session.set('user', { name: 'Ada', age: secret } as never)),
        thrownBy(() => session.set('user', secret as never)),
        thrownBy(() => session.set('cart', [{ sku: { a: secret }, quantity: 1 }] as never)),
      ];
      for (const error of errors) {
        expect(error.message).toMatch(
          /^"(views|user|cart)" does not fit the schema of the data: ./,
        );
        expect(error.message).not.toContain(secret);
        expect(error.message).not.toContain(JSON.stringify(secret).slice(1, -1));
        expect(error.cause).toBeUndefined();
      }
    }
    expect(thrownBy(() => session.set('views', 123456)).message).not.toContain('123456');
  });

  test('an absent key has its default for whoever reads, and no record is made', async () => {
    const { sessions, visit, open } = site(schema);
    await visit((session) => {
      expect(session.get('views')).toBe(10);
      expect(session.get('cart')).toEqual([]);
      expect(session.get('user')).toBeUndefined();
      expect({ ...session.all() }).toStrictEqual({ cart: [], views: 10 });
      expect([session.has('views'), session.exists('views')]).toEqual([true, false]);
      expect(session.isChanged).toBe(false);
      expect(session.toJSON().data).toEqual({});
    });
    expect(await sessions.count()).toBe(0);
    expect((await open()).increment('views')).toBe(11);
  });

  test('a default that is changed in place is stored, and is nobody else’s', async () => {
    const { visit, kept, open } = site(schema);
    await visit((session) => void session.get('cart')?.push({ sku: 'a', quantity: 1 }));
    await visit((session) => void session.get('cart')?.push({ sku: 'b', quantity: 1 }));
    const both = ['a', 'b'].map((sku) => ({ sku, quantity: 1 }));
    expect(await kept()).toEqual({ cart: both });
    await visit((session) => session.delete('cart'));
    expect((await open()).get('cart')).toEqual([]);
  });

  test('what a change in place makes is checked when it is stored', async () => {
    const { visit, open, sessions, kept } = site(schema);
    await visit((session) => session.set('cart', [{ sku: 'a', quantity: 1 }]));
    const session = await open();
    const [item] = session.get('cart') ?? [];
    if (item === undefined) throw new Error('no item');
    item.quantity = -1;
    await expect(session.save()).rejects.toMatchObject({ code: 'invalid-data' });
    item.quantity = 3;
    await session.save();
    item.quantity = -1;
    await expect(sessions.commit(session)).rejects.toMatchObject({
      code: 'invalid-data',
      path: 'cart.0.quantity',
    });
    expect(await kept()).toEqual({ cart: [{ sku: 'a', quantity: 3 }] });
    // The same for an object that was set.
    const cart = [{ sku: 'b', quantity: 1 }];
    const again = await open();
    again.set('cart', cart);
    cart.push({ sku: 'c', quantity: 0 });
    await expect(sessions.commit(again)).rejects.toMatchObject({ code: 'invalid-data' });
  });

  test('a stored value that does not fit is set aside with the reason, and the rest is there', async () => {
    const { stored, visit, open, events, sessions, kept } = site(schema);
    await stored({ cart: 'no list', views: 5, basket: 1 });
    const session = await open();
    expect([session.get('views'), session.get('cart'), session.has('user')]).toEqual([
      5,
      [],
      false,
    ]);
    expect(session.isChanged).toBe(false);
    expect(asideOf(session)).toEqual([
      { key: 'cart', value: 'no list', version: 1, reason: expect.any(String) },
    ]);
    expect(events).toEqual([{ handle: session.handle, key: 'cart', reason: expect.any(String) }]);
    expect(events[0]?.reason).not.toContain('no list');
    expect(await sessions.read(session.id)).toMatchObject({
      data: { views: 5 },
      aside: [{ key: 'cart', value: 'no list' }, { key: 'basket' }],
    });
    // Reading stored nothing.
    expect(await kept()).toEqual({ cart: 'no list', views: 5, basket: 1 });
    await visit((session) => session.push('cart', { sku: 'a', quantity: 1 }));
    expect(await kept()).toEqual({ cart: [{ sku: 'a', quantity: 1 }], views: 5, basket: 1 });
    await visit((session) => {
      expect(asideOf(session)).toMatchObject([{ key: 'cart', value: 'no list' }]);
      session.delete('cart');
      expect(asideOf(session)).toEqual([]);
    });
    expect(asideOf(await open())).toEqual([]);
  });
});

describe('requests at the same moment', () => {
  const schema = dataSchema(
    z.object({ list: z.array(z.string()).max(2).default([]), views: z.number().default(100) }),
  );

  test('V-02 changes of two requests start from the default, and none is lost', async () => {
    const { stored, open, sessions, kept } = site(schema);
    await stored({ other: 1 });
    const [one, other] = [await open(), await open()];
    one.push('list', 'a').increment('views');
    other.push('list', 'b').increment('views');
    await sessions.commit(one);
    await sessions.commit(other);
    expect(await kept()).toMatchObject({ list: ['a', 'b'], views: 102 });
  });

  test('a change that does not fit what the other stored is a conflict, and stores nothing', async () => {
    const { stored, open, sessions, kept } = site(schema);
    await stored({ list: ['a'] });
    const [one, other] = [await open(), await open()];
    one.push('list', 'b');
    other.push('list', 'c').increment('views');
    await sessions.commit(one);
    await expect(sessions.commit(other)).rejects.toMatchObject({
      code: 'conflict',
      status: 503,
      cause: { code: 'invalid-data', path: 'list' },
    });
    expect(await kept()).toEqual({ list: ['a', 'b'] });
  });

  test('a default that the handler holds stays its own after a save that met another’s change', async () => {
    const { stored, open, sessions, kept } = site(schema);
    await stored({ views: 1 });
    const [one, other] = [await open(), await open()];
    const list = one.get('list');
    one.increment('views');
    other.increment('views');
    await sessions.commit(other);
    await one.save();
    expect(one.get('list')).toBe(list);
    list?.push('a');
    await sessions.commit(one);
    expect(await kept()).toEqual({ views: 3, list: ['a'] });
  });

  test('clear and a set of one request leave what the other did to other keys cleared', async () => {
    const { stored, open, sessions, kept } = site(schema);
    await stored({ views: 1, list: 'no list' });
    const [one, other] = [await open(), await open()];
    one.clear().set('views', 2);
    other.push('list', 'a');
    await sessions.commit(other);
    await sessions.commit(one);
    expect(await kept()).toEqual({ views: 2 });
    expect(asideOf(await open())).toEqual([]);
  });

  test('V-30 exactly one of two requests takes a value, and it is what the schema makes', async () => {
    const { stored, open } = site(schema);
    await stored({ list: ['a'] });
    const taken = await Promise.all([await open(), await open()].map((s) => s.take('list')));
    expect(taken.filter((list) => list !== undefined)).toEqual([['a']]);
    expect((await open()).get('list')).toEqual([]);
  });

  test('a part that is deleted while the other deletes the key makes no value of the default', async () => {
    const options = z.object({ theme: z.string().optional(), size: z.number().optional() });
    const schema = dataSchema(
      z.object({
        options: options.default({ theme: 'light', size: 1 }),
        views: z.number().optional(),
      }),
    );
    const { stored, open, sessions, kept } = site(schema);
    await stored({ options: { theme: 'dark' }, views: 1 });
    const [one, other] = [await open(), await open()];
    one.delete('options');
    other.delete('options.theme');
    await sessions.commit(one);
    await sessions.commit(other);
    expect(await kept()).toEqual({ views: 1 });
  });

  test('a refused change does not count as a change: the other request’s value stays', async () => {
    const { stored, open, sessions, kept } = site(schema);
    await stored({ views: 1 });
    const [one, other] = [await open(), await open()];
    one.set('views', 2);
    expect(() => other.set('views', 'x' as never)).toThrow();
    other.push('list', 'a');
    await sessions.commit(one);
    await sessions.commit(other);
    expect(await kept()).toEqual({ views: 2, list: ['a'] });
  });
});

describe('a schema that changes values', () => {
  const schema = dataSchema(
    z.object({
      name: z.string().trim().optional(),
      options: z.object({ theme: z.string().default('light') }).optional(),
      since: z.date().optional(),
      count: z
        .string()
        .transform((text) => text.length)
        .optional(),
    }),
  );

  test('what it makes of a set value is stored, and what it does not accept itself is refused', async () => {
    const { visit, open, kept } = site(schema);
    await visit((session) => session.set('name', ' Ada ').set('since', new Date(0)));
    expect(await kept()).toEqual({ name: 'Ada', since: new Date(0) });
    const session = await open();
    expect(() => session.set('count', 'abc' as never)).toThrow(/what it makes of the value/);
  });

  test('what it makes of a stored value is read, and the record stays until the key is changed', async () => {
    const { stored, visit, kept } = site(schema);
    await stored({ options: { size: 3 }, name: 'Ada' });
    const session = await visit((session) => {
      expect(session.get('options')).toEqual({ theme: 'light' });
      session.set('name', 'Bob');
    });
    expect(session.outcome).toBe('updated');
    expect(await kept()).toEqual({ options: { size: 3 }, name: 'Bob' });
    await visit((session) => {
      const options = session.get('options');
      if (options !== undefined) options.theme = 'dark';
    });
    expect(await kept()).toMatchObject({ options: { theme: 'dark' } });
  });
});

test('a large value, or a long message, gives no reason that could hold a part of it', async () => {
  const secret = 'x1y2-'.repeat(60);
  const long = z
    .string()
    .refine((text) => text.length === 0, { error: ({ input }) => `${input}${input}` });
  const list = z
    .array(z.string())
    .max(1, { error: ({ input }) => `saw ${(input as string[])[9999]}` });
  const schema = dataSchema(z.object({ long: long.optional(), list: list.optional() }));
  const session = await site(schema).open();
  const numbers = Array.from({ length: 10_000 }, (_, index) => `number-${index}`);
  for (const set of [() => session.set('long', secret), () => session.set('list', numbers)])
    expect(thrownBy(set).message).toContain('the data: it does not fit.');
});

describe('places', () => {
  test('what another codec wrote is unreadable, as without a schema, and opening is no crash', async () => {
    const { stored, visit, store, open } = site(LIBRARIES[0]!.schema);
    await stored({ cart: 5, views: 1 });
    await visit((session) => {
      session.get('cart');
      session.set('views', 2);
    });
    const codec = {
      encode: (value: unknown) => `!${JSON.stringify(value)}`,
      decode(text: string): unknown {
        if (!text.startsWith('!')) throw new TypeError('not mine');
        return JSON.parse(text.slice(1));
      },
    };
    const { id } = await open();
    const strange = (data: DataSchema<object>) => createSessions({ store, codec, data });
    const unreadable = expect.objectContaining({ code: 'invalid-record' });
    const { cart: _, ...others } = (await open()).all();
    expect({ ...others }).toEqual({ views: 2 });
    await expect(strange(LIBRARIES[0]!.schema).read(id)).rejects.toThrow(unreadable);
    const rejected: unknown[] = [];
    const later = strange(dataSchema(z.looseObject({}), { version: 2 }));
    later.on('rejected', (event) => rejected.push(event));
    expect(await later.read(id)).toBeUndefined();
    expect(rejected).toEqual([{ reason: 'record', id }]);
  });

  test('sealed cookies keep data with its version and what was set aside', async () => {
    const secret = randomBytes(32).toString('base64url');
    const options = { store: cookieSessions(), secret, cookie: { secure: true } };
    const free = new Visitor(createSessions<Record<string, unknown>>(options));
    await free.visit((session) => session.set('cart', 5).set('views', 1));
    const sessions = createSessions({ ...options, data: LIBRARIES[0]!.schema });
    const visitor = new Visitor(sessions, free.cookie);
    await visitor.visit((session) => {
      expect([session.get('cart'), session.get('views')]).toEqual([[], 1]);
      session.increment('views');
    });
    await visitor.visit((session) => {
      expect(asideOf(session)).toMatchObject([{ key: 'cart', value: 5 }]);
      expect(session.get('views')).toBe(2);
    });
  });

  test('what another system kept and does not fit is set aside', async () => {
    const old = predecessor<Record<string, unknown>>({
      name: 'old-sessions',
      cookie: { name: 'old' },
      verify: (value) => ({
        key: value,
        read: async () => ({
          data: { cart: 'tea', views: 3 },
          flash: { notice: 5 },
          expiresAt: Number.POSITIVE_INFINITY,
        }),
        end: async () => undefined,
      }),
    });
    const { schema } = LIBRARIES[0]!;
    const sessions = createSessions({ store: memoryStore(), data: schema, inherit: [old] });
    const session = await sessions.open({ cookie: 'old=x' }, { secure: true });
    expect([session.get('views'), session.get('cart'), session.get('notice')]).toEqual([
      3,
      [],
      undefined,
    ]);
    expect(asideOf(session)).toMatchObject([
      { key: 'cart', value: 'tea' },
      { key: 'notice', value: 5 },
    ]);
  });

  test('login keeps what was set aside, unless the data of another user is dropped', async () => {
    const { stored, visit, open } = site(LIBRARIES[0]!.schema);
    await stored({ cart: 5, views: 1 });
    await visit(async (session) => {
      session.get('cart');
      await session.login('ada');
    });
    expect(asideOf(await open())).toMatchObject([{ key: 'cart' }]);
    await visit((session) => session.login('bob'));
    expect(asideOf(await open())).toEqual([]);
  });
});
