import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Codec } from '../../src/codecs/codec.js';
import { jsonCodec } from '../../src/codecs/json.js';
import { richCodec } from '../../src/codecs/rich.js';
import { SessionError } from '../../src/core/errors.js';

const json = jsonCodec();
const rich = richCodec();

function failure(run: () => unknown): SessionError {
  try {
    run();
  } catch (error) {
    if (error instanceof SessionError) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
}

const copy = (codec: Codec, value: unknown): unknown => codec.decode(codec.encode(value, 'key'));

/** `depth` lists or objects inside each other. */
function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
}

class Money {
  amount = 5;
}

describe.each([
  ['jsonCodec', json],
  ['richCodec', rich],
])('%s', (_, codec) => {
  test('what is JSON comes back as a copy', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes('"__proto__"'));
        expect(copy(codec, value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 2000, seed: 42 },
    );
    const value = { list: [1] };
    expect(copy(codec, value)).not.toBe(value);
  });

  test('S-42: what comes back is equal, or was refused', () => {
    let refused = 0;
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        let text: string;
        try {
          text = codec.encode(value, 'key');
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ code: 'invalid-value' }));
          refused += 1;
          return;
        }
        const decoded = codec.decode(text);
        if (codec === json) expect(decoded).toEqual(plain(value));
        else if (!isDeepStrictEqual(decoded, value)) expect(decoded).toStrictEqual(value);
      }),
      { numRuns: 3000, seed: 43 },
    );
    if (codec === json) expect(refused).toBeGreaterThan(100);
  });

  test.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['an instance of a class', new Money()],
    ['an error', new Error('no')],
    ['a promise', Promise.resolve()],
    ['an own __proto__', JSON.parse('{"__proto__":{"admin":true}}')],
    ['a symbol as a key', { [Symbol('s')]: 1 }],
  ])('S-42: %s is refused, with its path', (_name, value) => {
    for (const [held, path] of [
      [value, 'cart'],
      [{ items: [0, { part: value }] }, 'cart.items.1.part'],
      [{ 'two words': value }, 'cart.two words'],
    ] as const) {
      const error = failure(() => codec.encode(held, 'cart'));
      expect(error).toMatchObject({ code: 'invalid-value', status: 500 });
      expect(error.path).toMatch(new RegExp(`^${path}(\\.__proto__)?$`));
      expect(error.message).toContain(JSON.stringify(error.path));
    }
  });

  test('lone surrogates, controls and separators come back as they were', () => {
    const text = '\ud800 \udfff \0 \u2028 \ufeff < \\ " \u{1f36a}';
    const encoded = codec.encode({ [text]: text }, 'key');
    expect(codec.decode(encoded)).toEqual({ [text]: text });
    expect(codec.decode(Buffer.from(encoded).toString())).toEqual({ [text]: text });
  });

  test('plain objects of another realm are plain', () => {
    expect(copy(codec, runInNewContext('({ list: [{ a: 1 }] })'))).toEqual({ list: [{ a: 1 }] });
  });

  test('V-13 F-23: damaged and hostile texts are typed errors and leave prototypes alone', () => {
    const texts = [
      '',
      ' ',
      'NaN',
      'undefined',
      '{',
      '[1,]',
      '\ufeff{}',
      "{'a':1}",
      '{"__proto__":{"polluted":true}}',
      '{"a":[{"__proto__":1}]}',
      '[{"__proto__":1}]',
      '{"\\u005f_proto__":{"polluted":true}}',
      '{"__\\u0070roto__":{"polluted":true}}',
      '['.repeat(100_000),
      '['.repeat(100_000) + ']'.repeat(100_000),
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    ];
    for (const text of texts)
      expect(failure(() => codec.decode(text)).code, text.slice(0, 50)).toBe('invalid-record');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('F-23: nesting deeper than any stack is a typed error when it is encoded', () => {
    for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
      expect(failure(() => codec.encode(nested(100_000, wrap), 'tree'))).toMatchObject({
        code: 'invalid-value',
        path: 'tree',
      });
    }
  });
});

/**
 * What JSON is allowed to change: properties that are undefined go, -0 is 0, prototypes are the
 * usual ones.
 */
function plain(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, property]) => property !== undefined);
  return Object.fromEntries(kept.map(([key, property]) => [key, plain(property)]));
}

describe('jsonCodec', () => {
  test('writes plain JSON', () => {
    expect(json.encode({ a: [1, 'b', null, true] }, 'key')).toBe('{"a":[1,"b",null,true]}');
  });

  test('a property that is undefined is absent', () => {
    expect(copy(json, { a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  test.each([
    ['undefined', undefined],
    ['undefined in a list', [1, undefined]],
    // biome-ignore lint/suspicious/noSparseArray: what is tested
    ['a hole in a list', [1, , 2]],
    ['a BigInt', 5n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a RegExp', /a/],
    ['bytes', new Uint8Array(1)],
    ['a boxed number', Object(1)],
    ['an object with a prototype of its own', Object.create({ inherited: 1 })],
  ])('%s is refused, with advice', (_, value) => {
    const error = failure(() => json.encode({ list: [value] }, 'cart'));
    expect(error).toMatchObject({
      code: 'invalid-value',
      path: Array.isArray(value) ? 'cart.list.0.1' : 'cart.list.0',
    });
    expect(error.message).toContain('richCodec()');
  });

  test('toJSON of a plain object is a function like any other', () => {
    expect(failure(() => json.encode({ toJSON: () => 'else' }, 'cart')).path).toBe('cart.toJSON');
  });

  test('a cycle is refused', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(failure(() => json.encode(cycle, 'tree')).message).toContain('contains itself');
    const list: unknown[] = [];
    list.push(list, list);
    expect(failure(() => json.encode(list, 'tree')).code).toBe('invalid-value');
  });

  test('500 levels are kept in both directions, 501 are refused in both', () => {
    for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
      expect(copy(json, nested(500, wrap))).toEqual(nested(500, wrap));
      expect(failure(() => json.encode(nested(501, wrap), 'tree')).path).toBe('tree');
      expect(failure(() => json.decode(JSON.stringify(nested(501, wrap)))).code).toBe(
        'invalid-record',
      );
    }
  });

  test('wide data is kept, and so are texts that only look dangerous', () => {
    const wide = Array.from({ length: 2000 }, (_, index) => ({ index, list: [] }));
    expect(copy(json, wide)).toEqual(wide);
    const texts = { a: '__proto__', b: '\\u005f', c: '[[[[{{{{', d: '\u0001' };
    expect(copy(json, texts)).toEqual(texts);
  });
});

describe('richCodec', () => {
  test('keeps what JSON cannot', () => {
    const value = {
      date: new Date(0),
      map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'b'])]]),
      big: 2n ** 80n,
      nothing: undefined,
      list: [undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
      pattern: /a+/gi,
      url: new URL('https://example.com/a?b=c'),
      bytes: new Uint8Array([1, 2, 3]),
      bare: Object.assign(Object.create(null), { a: 1 }),
    };
    expect(isDeepStrictEqual(copy(rich, value), value)).toBe(true);
    for (const top of Object.values(value))
      expect(isDeepStrictEqual(copy(rich, top), top)).toBe(true);
  });

  test('keeps repeated references and cycles', () => {
    const shared = { name: 'shared' };
    const value: Record<string, unknown> = { one: shared, other: shared };
    value.self = value;
    const decoded = copy(rich, value) as typeof value;
    expect(decoded.one).toBe(decoded.other);
    expect(decoded.self).toBe(decoded);
  });

  test('the same value gives the same text', () => {
    const make = () => ({ b: new Date(5), a: new Map([['x', [1n]]]) });
    expect(rich.encode(make(), 'key')).toBe(rich.encode(make(), 'key'));
    expect(rich.encode(copy(rich, make()), 'key')).toBe(rich.encode(make(), 'key'));
  });

  test('S-07: an error does not carry the value that was refused', () => {
    const error = failure(() => rich.encode({ password: 'hunter2', run: () => 1 }, 'form'));
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain('hunter2');
  });

  test('V-13 F-23: hostile texts of its own format are typed errors', () => {
    const chain = Array.from({ length: 100_000 }, (_, index) => `[${index + 1}]`).join(',');
    for (const text of [
      `[${chain},1]`,
      '[["null","__proto__",1],{"polluted":1}]',
      '[[-7,1e9,0]]',
      '[["Uint8Array",0]]',
      '[["BigInt","x"]]',
      '0',
    ]) {
      expect(failure(() => rich.decode(text)).code, text.slice(0, 50)).toBe('invalid-record');
    }
  });

  test('only names types it knows when it reads', () => {
    for (const text of [
      '[["Function",1],"return 1"]',
      '[["Money",1],{}]',
      '[["__proto__",1],1]',
      '[["constructor",1],1]',
    ]) {
      expect(failure(() => rich.decode(text)).code).toBe('invalid-record');
    }
  });
});
