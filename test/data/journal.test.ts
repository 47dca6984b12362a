import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonCodec } from '../../src/codecs/json.js';
import { richCodec } from '../../src/codecs/rich.js';
import { SessionData } from '../../src/data/data.js';
import { Journal } from '../../src/data/journal.js';
import { Incrementing } from '../../src/data/operations.js';
import { visits } from '../core/visits.js';

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

describe('V-02 two requests change one key that this one holds', () => {
  const cart = { count: 0, items: ['a'] };
  const others: Handler = (session) => session.push('cart.items', 'other');
  let number = 0;

  const cases: { title: string; second: Handler; kept: Data['cart'] }[] = [
    {
      title: 'got, then changed by a verb: nothing is lost',
      second: (session) => {
        session.get('cart');
        session.increment('cart.count');
      },
      kept: { count: 1, items: ['a', 'other'] },
    },
    {
      title: 'changed by a verb, then got: nothing is lost',
      second: (session) => {
        session.push('cart.items', 'mine');
        expect(session.get('cart.items')).toEqual(['a', 'mine']);
      },
      kept: { count: 0, items: ['a', 'other', 'mine'] },
    },
    {
      title: 'got, changed in place, then changed by a verb: a new value of the key',
      second: (session) => {
        session.get('cart')?.items.push('in place');
        session.increment('cart.count');
      },
      kept: { count: 1, items: ['a', 'in place'] },
    },
    {
      title: 'got, changed by a verb, then changed in place: a new value of the key',
      second: (session) => {
        const held = session.get('cart');
        session.increment('cart.count');
        held?.items.push('in place');
      },
      kept: { count: 1, items: ['a', 'in place'] },
    },
    {
      title: 'changed in place between two verbs: a new value of the key',
      second: (session) => {
        const held = session.get('cart');
        session.increment('cart.count');
        held?.items.push('in place');
        session.increment('cart.count');
      },
      kept: { count: 2, items: ['a', 'in place'] },
    },
    {
      title: 'changed in place, and back, between verbs: nothing is lost',
      second: (session) => {
        session.increment('cart.count');
        session.get('cart')?.items.push('in place');
        session.get('cart')?.items.pop();
        session.increment('cart.count');
      },
      kept: { count: 2, items: ['a', 'other'] },
    },
    {
      title: 'a verb fits only what was changed in place: a new value of the key',
      second: (session) => {
        const held = session.get('cart') as Record<string, unknown>;
        held.count = {};
        session.increment(['cart', 'count', 'deep']);
      },
      kept: { count: { deep: 1 } as never, items: ['a'] },
    },
    {
      title: 'a function makes something else each time: nothing is lost, and it is called twice',
      second: (session) => {
        session.update('cart', (present = cart) => {
          number += 1;
          return { ...present, items: [...present.items, `made ${number}`] };
        });
        number = 1;
      },
      kept: { count: 0, items: ['a', 'other', 'made 2'] },
    },
    {
      title: 'what a function of update got is changed in place later: a new value of the key',
      second: (session) => {
        let given: Data['cart'] | undefined;
        session.update('cart', (present) => {
          given = present;
          return present && Object.assign(present, { count: 5 });
        });
        given?.items.push('in place');
      },
      kept: { count: 5, items: ['a', 'in place'] },
    },
    {
      title: 'a function of update changes in place and throws: a new value of the key',
      second: (session) => {
        const run = () =>
          session.update('cart', (present) => {
            present?.items.push('in place');
            throw new Error('after the change');
          });
        expect(run).toThrow('after the change');
      },
      kept: { count: 0, items: ['a', 'in place'] },
    },
    {
      title: 'a value that was given is changed in place later: a new value of the key',
      second: (session) => {
        const given = { name: 'mine' };
        session.push('cart.items', given as never);
        given.name = 'changed';
      },
      kept: { count: 0, items: ['a', { name: 'changed' } as never] },
    },
  ];

  test.for(cases)('$title', async ({ second, kept }) => {
    number = 0;
    expect(await bothAtOnce((session) => session.set('cart', cart), others, second)).toEqual({
      cart: kept,
    });
  });

  test('properties that are undefined do not count as a change in place', async () => {
    const kept = await bothAtOnce(
      (session) => session.set('cart', cart),
      (session) => session.increment('cart.count'),
      (session) => {
        session.push('cart.items', { note: undefined, name: 'mine' } as never);
        session.set(['cart', 'items', '1', 'note'], 'set later');
      },
    );
    expect(kept).toEqual({
      cart: { count: 1, items: ['a', { name: 'mine', note: 'set later' }] },
    });
  });

  test('functions that make much more than is kept for comparison lose nothing', async () => {
    const text = 'x'.repeat(1000);
    const grow: Handler = (session) => {
      for (let index = 0; index < 40; index += 1)
        session.update('list', (list = []) => [...list, `${index} ${text}`]);
    };
    const kept = await bothAtOnce(
      (session) => session.set('list', []),
      (session) => session.push('list', 'other'),
      grow,
    );
    expect(kept).toEqual({
      list: ['other', ...Array.from({ length: 40 }, (_, index) => `${index} ${text}`)],
    });
  });

  test('a conflict about another key leaves the object in hand the live one', async () => {
    const { visit, open, found, other, commit } = visits<Data>();
    const token = await visit('', (session) => session.set('cart', cart).set('a', 0));
    const [slow, fast] = [await open(token), await open(token, other)];
    const held = slow.get('cart');
    slow.increment('cart.count');
    await other.commit(fast.set('a', 1));
    expect(await slow.save()).toBe('updated');
    held?.items.push('in place');
    await commit(slow, token);
    expect(await found(token)).toEqual({ a: 1, cart: { count: 1, items: ['a', 'in place'] } });
  });

  test('what a function got after a conflict is noticed when it changes', async () => {
    const { visit, open, found, other, commit } = visits<Data>();
    const token = await visit('', (session) => session.set('cart', cart));
    const [slow, fast] = [await open(token), await open(token, other)];
    let given: Data['cart'] | undefined;
    slow.update('cart', (present) => {
      given = present;
      return present;
    });
    fast.increment('cart.count');
    await other.commit(fast);
    expect(await slow.save()).toBe('updated');
    given?.items.push('in place');
    await commit(slow, token);
    expect(await found(token)).toEqual({ cart: { count: 1, items: ['a', 'in place'] } });
  });

  test('richCodec: one object pushed twice is no change in place', async () => {
    const { visit, open, found, other, commit } = visits<Data>({ codec: richCodec() });
    const item = { at: new Date(0), tags: new Set(['new']) };
    const token = await visit('', (session) => session.set('list', []));
    const [slow, fast] = [await open(token), await open(token, other)];
    slow.push('list', item).push('list', item);
    await other.commit(fast.push('list', 'other'));
    await commit(slow, token);
    expect(await found(token)).toEqual({ list: ['other', item, item] });
  });

  test('richCodec: a change inside a Set or a Date is one', async () => {
    for (const change of [
      (item: { at: Date; tags: Set<string> }) => item.tags.add('sold'),
      (item: { at: Date; tags: Set<string> }) => item.at.setTime(5),
    ]) {
      const { visit, open, found, other, commit } = visits<Data>({ codec: richCodec() });
      const item = { at: new Date(0), tags: new Set(['new']) };
      const token = await visit('', (session) => session.set('list', []));
      const [slow, fast] = [await open(token), await open(token, other)];
      slow.push('list', item);
      change(item);
      await other.commit(fast.push('list', 'other'));
      await commit(slow, token);
      expect(await found(token)).toEqual({ list: [item] });
    }
  });

  test('what does not go with the data of others leaves the journal as it was', () => {
    const codec = jsonCodec();
    const of = (values: object): SessionData => {
      const data = new SessionData(codec);
      for (const [key, value] of Object.entries(values)) data.set(key, value);
      return SessionData.decode(data.encode(), codec);
    };
    const journal = new Journal(of({ a: 1, views: 1 }));
    journal.apply(new Incrementing(['a'], 10));
    journal.apply(new Incrementing(['views'], 10));
    expect(() => journal.rebase(of({ a: 2, views: 'many' }))).toThrow('"views" is not a number');
    journal.rebase(of({ a: 2, views: 2 }));
    expect([journal.get('a'), journal.get('views')]).toEqual([12, 12]);
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
