import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSessionError, Session } from '../../src/index.js';
import { seeded } from '../security/seeded.js';
import { visits } from './visits.js';

const REFUSED = new Set(['__proto__', 'prototype', 'constructor']);

function ownNames(object: object): string[] {
  return Reflect.ownKeys(object).filter((key) => typeof key === 'string');
}

/** Names that mean something to JavaScript, to sessions or to other session libraries. */
const SPECIAL = [
  ...ownNames(Object.prototype),
  ...ownNames(Session.prototype),
  ...ownNames(Function.prototype),
  ...ownNames(Array.prototype),
  ...[
    'then',
    'catch',
    'toJSON',
    'inspect',
    'prototype',
    'cookie',
    'req',
    'store',
    'sid',
    '_flash',
    'nodejs.util.inspect.custom',
  ],
  ...[
    '',
    ' ',
    '.',
    'a.b',
    '..',
    '0',
    '-1',
    '__proto__.polluted',
    '\0',
    '\n',
    '\u2028',
    '\ud800',
    'é',
    '💚',
    'null',
    'undefined',
  ],
];

describe('F-24 V-11 V-12 any text is just a key, or a clear error', () => {
  test('10^5 keys: behaviour unchanged, logout works afterwards', async () => {
    const random = seeded(24);
    const words = [
      'constructor',
      'destroy',
      'x',
      '__proto__',
      '.',
      '\u0000',
      'é',
      '"',
      '\\',
      ' ',
      '7',
    ];
    const randomKey = (): string =>
      random(4) === 0
        ? (SPECIAL[random(SPECIAL.length)] ?? '')
        : Array.from(
            { length: 1 + random(4) },
            () => words[random(words.length)] ?? String.fromCharCode(random(0xffff)),
          ).join('');
    const { visit, found, open } = visits();
    const prototype = ownNames(Object.prototype);
    const methods = ownNames(Session.prototype);
    const keys = [...SPECIAL, ...Array.from({ length: 100_000 }, randomKey)];

    let refused = 0;
    let token = '';
    for (let start = 0; start < keys.length; start += 2000) {
      const expected = new Map<string, unknown>();
      token = await visit(token, (session) => {
        session.clear();
        for (const [index, key] of keys.slice(start, start + 2000).entries()) {
          try {
            session.set([key], index);
            session.increment([key] as never);
            expected.set(key, index + 1);
          } catch (error) {
            if (!isSessionError(error, 'invalid-path')) throw error;
            expect(REFUSED).toContain(key);
            refused++;
          }
        }
      });
      const later = await open(token);
      expect(new Set(Object.keys(later.all()))).toEqual(new Set(expected.keys()));
      for (const [key, value] of expected)
        if (later.get([key]) !== value) expect.fail(`${JSON.stringify(key)} is another value`);
    }
    expect(refused).toBeGreaterThan(0);
    expect(ownNames(Object.prototype)).toEqual(prototype);
    expect(ownNames(Session.prototype)).toEqual(methods);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();

    await visit(token, async (session) => expect(await session.logout()).toBe('destroyed'));
    expect(await found(token)).toBeUndefined();
  });

  test('a session is no thenable, and no name on it is reached by a key', async () => {
    const { open, visit } = visits();
    const token = await visit('', (session) =>
      session.set('then', 'x').set('destroy', 'x').set('toJSON', 'x').set('get', 'x'),
    );
    const session = await open(token);
    expect(await Promise.resolve(session)).toBe(session);
    expect(Object.keys(JSON.parse(JSON.stringify(session)).data)).toEqual([
      'then',
      'destroy',
      'toJSON',
      'get',
    ]);
    expect(typeof session.destroy).toBe('function');
    expect(await session.destroy()).toBe('destroyed');
  });

  test('absent keys are absent, whatever Object.prototype has under their names', async () => {
    const { open } = visits();
    const session = await open('');
    for (const key of ownNames(Object.prototype).filter((name) => !REFUSED.has(name))) {
      expect([
        session.get([key]),
        session.has([key]),
        session.exists([key]),
        session.delete([key]),
      ]).toEqual([undefined, false, false, false]);
      session.set(['box'], {});
      expect([session.get(['box', key]), session.exists(['box', key])]).toEqual([undefined, false]);
    }
  });

  test.for([
    '__proto__.polluted',
    'a.__proto__.polluted',
    'constructor.prototype.polluted',
    'a.constructor',
    'prototype',
  ])('the path %s is refused by every verb', async (path) => {
    const session = await visits().open('');
    session.set('a', {});
    const verbs: (() => unknown)[] = [
      () => session.get(path),
      () => session.has(path),
      () => session.exists(path),
      () => session.set(path, 1),
      () => session.update(path, () => 1),
      () => session.delete(path),
      () => session.pull(path),
      () => session.push(path as never, 1 as never),
      () => session.increment(path as never),
    ];
    for (const verb of verbs)
      expect(verb).toThrow(expect.objectContaining({ code: 'invalid-path' }));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('10^5 random sets, loads and reads leave Object.prototype as it is', async () => {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      'polluted',
      'a',
      'toString',
      '0',
      'length',
    ];
    const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 });
    const value = fc.oneof(
      fc.integer(),
      fc.constant({}),
      fc.constant([]),
      fc.constant(JSON.parse('{"__proto__":{"polluted":1}}')),
    );
    const before = ownNames(Object.prototype);
    const sets = fc.sample(fc.tuple(path, value), { numRuns: 100_000, seed: 12 });
    const { visit } = visits();
    let token = '';
    for (let start = 0; start < sets.length; start += 100) {
      token = await visit(token, async (session) => {
        session.clear();
        for (const [keys, made] of sets.slice(start, start + 100)) {
          try {
            session.set(keys as [string], structuredClone(made));
            session.get(keys as [string]);
          } catch (error) {
            if (!isSessionError(error)) throw error;
          }
        }
        await session.save().catch((error) => {
          if (!isSessionError(error, 'invalid-value')) throw error;
          session.clear();
        });
      });
    }
    expect(ownNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('dotted paths', () => {
  type Plain = { [key: string]: Plain | number };

  /** The same with plain objects, as one would write it by hand. */
  function setNaively(
    root: Plain,
    [key = '', ...rest]: readonly string[],
    value: number | undefined,
  ): void {
    if (rest.length === 0) {
      if (value === undefined) delete root[key];
      else root[key] = value;
      return;
    }
    const present = Object.hasOwn(root, key) ? root[key] : undefined;
    if (typeof present === 'number') throw new Error('no way through');
    if (present === undefined && value === undefined) return;
    const below = present ?? {};
    root[key] = below;
    setNaively(below, rest, value);
  }

  test('set, delete and get do what plain objects do, also after they were stored', async () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c', 'toString'), {
      minLength: 1,
      maxLength: 4,
    });
    const change = fc.record({
      path,
      value: fc.option(fc.integer(), { nil: undefined }),
      isSaved: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const session = await visits().open('');
      const model: Plain = {};
      for (const { path: keys, value, isSaved } of changes) {
        let isPossible = true;
        try {
          setNaively(model, keys, value);
        } catch {
          isPossible = false;
        }
        const set = (): unknown =>
          value === undefined ? session.delete(keys.join('.')) : session.set(keys.join('.'), value);
        if (isPossible || value === undefined) set();
        else expect(set).toThrow(expect.objectContaining({ code: 'invalid-path' }));
        if (isSaved) await session.save();
      }
      expect({ ...session.all() }).toEqual(model);
    });
    await fc.assert(property, { numRuns: 1000 });
  });
});
