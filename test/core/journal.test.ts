import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visits } from './visits.js';

interface Data {
  a: number;
  b: number;
  views: number;
  list: unknown[];
  text: string;
  cart: { count: number; items: string[] };
}

type Server = ReturnType<typeof visits<Data>>;
type Handler = (session: Awaited<ReturnType<Server['open']>>) => unknown;

/** Two requests that opened the same session; `second` is stored after `first`. */
async function bothAtOnce(start: Handler, first: Handler, second: Handler): Promise<unknown> {
  const { visit, open, commit, found, other } = visits<Data>();
  const token = await visit('', start);
  const [slow, fast] = [await open(token), await open(token, other)];
  await second(slow);
  await first(fast);
  await other.commit(fast);
  await commit(slow);
  expect(slow.outcome).toBe('updated');
  return found(token);
}

describe('V-02 two requests at once', () => {
  const cases: {
    title: string;
    start: Handler;
    first: Handler;
    second: Handler;
    kept: Partial<Data>;
  }[] = [
    {
      title: 'different keys: both are kept',
      start: (session) => session.set('views', 0),
      first: (session) => session.set('a', 1),
      second: (session) => session.set('b', 2),
      kept: { views: 0, a: 1, b: 2 },
    },
    {
      title: 'the same key: the later commit wins',
      start: (session) => session.set('a', 0),
      first: (session) => session.set('a', 1),
      second: (session) => session.set('a', 2),
      kept: { a: 2 },
    },
    {
      title: 'increments and decrements add up',
      start: (session) => session.set('views', 10),
      first: (session) => session.increment('views', 5),
      second: (session) => session.decrement('views'),
      kept: { views: 14 },
    },
    {
      title: 'increments of an absent number add up',
      start: (session) => session.set('a', 0),
      first: (session) => session.increment('views'),
      second: (session) => session.increment('views'),
      kept: { a: 0, views: 2 },
    },
    {
      title: 'pushes are all there, in the order of the commits',
      start: (session) => session.set('list', ['start']),
      first: (session) => session.push('list', 'first'),
      second: (session) => session.push('list', 'second', { third: true }),
      kept: { list: ['start', 'first', 'second', { third: true }] },
    },
    {
      title: 'update is made again of what the other stored',
      start: (session) => session.set('text', 'start'),
      first: (session) => session.update('text', (text) => `${text}, first`),
      second: (session) => session.update('text', (text) => `${text}, second`),
      kept: { text: 'start, first, second' },
    },
    {
      title: 'a pull takes away what it saw and what came meanwhile',
      start: (session) => session.set('list', [1]).set('a', 1),
      first: (session) => session.push('list', 2),
      second: (session) => expect(session.pull('list')).toEqual([1]),
      kept: { a: 1 },
    },
    {
      title: 'different paths in one object: both are kept',
      start: (session) => session.set('cart', { count: 0, items: [] }),
      first: (session) => session.push('cart.items', 'tea'),
      second: (session) => session.increment('cart.count'),
      kept: { cart: { count: 1, items: ['tea'] } },
    },
    {
      title: 'a change inside an object is a set of its key; other keys are kept',
      start: (session) => session.set('cart', { count: 0, items: [] }).set('a', 0),
      first: (session) => session.set('a', 1),
      second: (session) => session.get('cart')?.items.push('tea'),
      kept: { cart: { count: 0, items: ['tea'] }, a: 1 },
    },
    {
      title: 'a change inside an object after an operation on it is noticed',
      start: (session) => session.set('cart', { count: 0, items: [] }).set('a', 0),
      first: (session) => session.set('a', 1),
      second: (session) => {
        session.increment('cart.count');
        session.get('cart')?.items.push('tea');
      },
      kept: { cart: { count: 1, items: ['tea'] }, a: 1 },
    },
    {
      title: 'a clear takes away what came before it, and keeps what it is followed by',
      start: (session) => session.set('a', 0),
      first: (session) => session.set('b', 1),
      second: (session) => session.clear().increment('views'),
      kept: { views: 1 },
    },
    {
      title: 'an operation after a set starts from the set',
      start: (session) => session.set('views', 1),
      first: (session) => session.increment('views', 100),
      second: (session) => session.set('views', 5).increment('views'),
      kept: { views: 6 },
    },
  ];

  test.for(cases)('$title', async ({ start, first, second, kept }) => {
    expect(await bothAtOnce(start, first, second)).toEqual(kept);
  });

  test('an operation that does not fit what the other stored fails, and stores nothing', async () => {
    const { visit, open, commit, found, other } = visits<Data>();
    const token = await visit('', (session) => session.set('views', 1));
    const [slow, fast] = [await open(token), await open(token, other)];
    slow.increment('views');
    await other.commit(fast.set('views', 'many' as never));
    await expect(commit(slow)).rejects.toMatchObject({
      code: 'conflict',
      cause: { code: 'invalid-value', path: 'views' },
    });
    expect(await found(token)).toEqual({ views: 'many' });
  });

  test('what a value holds when the verb is called is what is applied again', async () => {
    const item = { name: 'tea' };
    const kept = await bothAtOnce(
      (session) => session.set('list', []),
      (session) => session.push('list', 'first'),
      (session) => {
        session.push('list', item);
        expect(session.get('list')).toEqual([{ name: 'tea' }]);
      },
    );
    expect(kept).toEqual({ list: ['first', { name: 'tea' }] });
  });
});

describe('changes inside objects', () => {
  const noticed: { title: string; handler: Handler }[] = [
    { title: 'that were got', handler: (session) => session.get('cart')?.items.push('tea') },
    {
      title: 'that were got with all',
      handler: (session) => session.all().cart?.items.push('tea'),
    },
    {
      title: 'that were got by a path into them',
      handler: (session) => session.get('cart.items')?.push('tea'),
    },
    {
      title: 'that were set',
      handler: (session) => {
        const cart = { count: 0, items: [] as string[] };
        session.set('cart', cart);
        cart.items.push('tea');
      },
    },
    {
      title: 'that were set and saved',
      handler: async (session) => {
        const cart = { count: 0, items: [] as string[] };
        await session.set('cart', cart).save();
        cart.items.push('tea');
      },
    },
    {
      title: 'that a function of update was given',
      handler: async (session) => {
        let given: Data['cart'] | undefined;
        session.update('cart', (cart) => {
          given = cart;
          return cart;
        });
        await session.save();
        given?.items.push('tea');
      },
    },
  ];

  test.for(noticed)('$title are noticed', async ({ handler }) => {
    const { visit, found } = visits<Data>();
    const token = await visit('', (session) => session.set('cart', { count: 0, items: [] }));
    await visit(token, handler);
    expect(await found(token)).toEqual({ cart: { count: 0, items: ['tea'] } });
  });

  test('reading alone is no change', async () => {
    const { visit, sessions, open } = visits<Data>();
    const token = await visit('', (session) => session.set('cart', { count: 0, items: [] }));
    const session = await open(token);
    session.get('cart')?.items.map((item) => item.length);
    expect(session.isChanged).toBe(false);
    await sessions.commit(session);
    expect(session.outcome).toBe('unchanged');
  });

  test('a change back is no change', async () => {
    const { visit, sessions, open } = visits<Data>();
    const token = await visit('', (session) => session.set('cart', { count: 0, items: [] }));
    const session = await open(token);
    const items = session.get('cart')?.items;
    items?.push('tea');
    items?.pop();
    await sessions.commit(session);
    expect(session.outcome).toBe('unchanged');
  });
});

test('whatever JSON is stored under whatever keys comes back', async () => {
  const key = fc
    .string({ unit: 'binary', maxLength: 20 })
    .filter((text) => !['__proto__', 'prototype', 'constructor'].includes(text));
  const value = fc
    .jsonValue({ noUnicodeString: false, maxDepth: 4 })
    .filter((json) => json !== undefined && !JSON.stringify(json).includes('__proto__'));
  const property = fc.asyncProperty(
    fc.dictionary(key, value, { minKeys: 1, noNullPrototype: true }),
    async (data) => {
      const { visit, found } = visits();
      const token = await visit('', (session) => {
        for (const name of Object.keys(data)) session.set([name], data[name]);
      });
      expect(await found(token)).toEqual(JSON.parse(JSON.stringify(data)));
      await visit(token, (session) => session.set(['more'], 1));
      expect(await found(token)).toEqual({ ...JSON.parse(JSON.stringify(data)), more: 1 });
    },
  );
  await fc.assert(property, { numRuns: process.env.SOJOURN_LONG === '1' ? 20_000 : 1000 });
});
