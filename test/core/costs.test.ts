import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Codec } from '../../src/codecs/codec.js';
import { jsonCodec } from '../../src/codecs/json.js';
import { isSessionError } from '../../src/core/errors.js';
import type { Session } from '../../src/core/session.js';
import { visits } from './visits.js';

type Data = Record<string, unknown>;
type Handler = (session: Session<Data>) => unknown;

/** What may be spent on what functions of `update` made, whatever a client sends; see journal.ts. */
const ALLOWANCE = 262_144;

/** The default codec, and what it did: the keys or paths it encoded, and its work in characters. */
function countingCodec(): Codec & { encoded: string[]; work: number; reset(): void } {
  const codec = jsonCodec();
  return {
    encoded: [],
    work: 0,
    reset() {
      this.encoded = [];
      this.work = 0;
    },
    encode(value, path) {
      const text = codec.encode(value, path);
      this.encoded.push(path);
      this.work += text.length;
      return text;
    },
    decode(text) {
      this.work += text.length;
      return codec.decode(text);
    },
  };
}

const STORED: Data = {
  list: [1, { sku: 2 }],
  box: { n: 1, items: ['a'], inner: {} },
  text: 'text',
  n: 1,
  other: { never: 'touched' },
};

/** What is encoded by the verbs of a request, and then by its commit. */
async function encodings(handler: Handler): Promise<{ verbs: string[]; commit: string[] }> {
  const codec = countingCodec();
  const { visit, open, sessions } = visits<Data>({ codec });
  const token = await visit('', (session) => {
    for (const [key, value] of Object.entries(STORED)) session.set([key], value);
  });
  const session = await open(token);
  codec.reset();
  await handler(session);
  const verbs = codec.encoded;
  codec.reset();
  await sessions.commit(session);
  return { verbs, commit: codec.encoded.sort() };
}

describe('encodings', () => {
  const cases: { title: string; handler: Handler; verbs: string[]; commit: string[] }[] = [
    { title: 'a request that does nothing', handler: () => undefined, verbs: [], commit: [] },
    {
      title: 'reads of what cannot be changed in place',
      handler: (session) => [session.get('n'), session.has('text'), session.exists('n')],
      verbs: [],
      commit: [],
    },
    {
      title: 'an object that was got',
      handler: (session) => [session.get('box'), session.get('box.items'), session.get('box')],
      verbs: [],
      commit: ['box'],
    },
    {
      title: 'verbs below a key, many times',
      handler: (session) => {
        for (let index = 0; index < 10; index += 1) {
          session.push('list', index, 'text', null).increment('box.n');
          session.set('box.name', index).delete('box.name');
          session.update('text', (text) => `${text}.`).decrement('n');
        }
      },
      verbs: [],
      commit: ['box', 'list', 'n', 'text'],
    },
    {
      title: 'verbs below a key that was got before and after',
      handler: (session) => {
        session.get('list');
        for (let index = 0; index < 10; index += 1) {
          session.push('list', index).increment('box.n');
          session.get('box');
        }
      },
      verbs: [],
      commit: ['box', 'list'],
    },
    {
      title: 'values that are given: once each, alone',
      handler: (session) => {
        session.push('list', { sku: 1 }, { sku: 2 }).push('list', [3]);
        session.set('box.inner', { a: 1 }).set('text', { top: 'level' });
      },
      verbs: ['list', 'list', 'box.inner'],
      commit: ['box', 'list', 'text'],
    },
    {
      title: 'what a function makes: once each, alone',
      handler: (session) => {
        session.update('box.items', (items) => [...(items as string[]), 'b']);
        session.update('box.n', () => 5);
      },
      verbs: ['box.items'],
      commit: ['box'],
    },
    {
      title: 'objects that were given and then changed in place',
      handler: (session) => {
        const item = { sku: 1 };
        session.set('fresh', item).push('list', item);
        item.sku = 2;
      },
      verbs: ['list'],
      commit: ['fresh', 'list'],
    },
    {
      title: 'a removal',
      handler: (session) => [session.delete('box.items'), session.delete('box.none')],
      verbs: [],
      commit: ['box'],
    },
    {
      title: 'a change in place beside a verb',
      handler: (session) => {
        (session.get('box') as { n: number }).n = 2;
        session.increment('n');
      },
      verbs: [],
      commit: ['box', 'n'],
    },
    {
      title: 'a change in place alone: once to notice it, once to store it',
      handler: (session) => {
        (session.get('box') as { n: number }).n = 2;
      },
      verbs: [],
      commit: ['box', 'box'],
    },
  ];

  test.for(cases)('$title', async ({ handler, verbs, commit }) => {
    expect(await encodings(handler)).toEqual({ verbs, commit });
  });
});

/** One verb with what a client sent for it. */
interface Sent {
  readonly verb: keyof typeof VERBS;
  readonly path: string | readonly string[];
  readonly value: unknown;
}

const keysOf = ({ path }: Sent): [string, ...string[]] => path as [string, ...string[]];

const VERBS = {
  get: (session, sent) => session.get(keysOf(sent)),
  all: (session) => session.all(),
  has: (session, sent) => session.has(keysOf(sent)),
  exists: (session, sent) => session.exists(keysOf(sent)),
  set: (session, sent) => session.set(keysOf(sent), sent.value),
  push: (session, sent) => session.push(keysOf(sent), sent.value),
  increment: (session, sent) => session.increment(keysOf(sent)),
  'update, a new value': (session, sent) => session.update(keysOf(sent), () => sent.value),
  'update, in place': (session, sent) =>
    session.update(keysOf(sent), (present) => {
      if (!Array.isArray(present)) return [sent.value];
      present.push(sent.value);
      return present;
    }),
  decrement: (session, sent) => session.decrement(keysOf(sent)),
  delete: (session, sent) => session.delete(keysOf(sent)),
  clear: (session) => session.clear(),
  missing: (session, sent) => session.missing(keysOf(sent)),
  only: (session, sent) => session.only([keysOf(sent)[0]]),
  except: (session, sent) => session.except([keysOf(sent)[0]]),
  reflash: (session) => session.reflash(),
  keep: (session, sent) => session.keep([keysOf(sent)[0]]),
  pull: (session, sent) => session.pull(keysOf(sent)),
  flash: (session, sent) => session.flash(keysOf(sent)[0], sent.value),
  now: (session, sent) => session.now(keysOf(sent)[0], sent.value),
} satisfies Record<string, (session: Session<Data>, sent: Sent) => unknown>;

/**
 * What the codec did for the verbs of two requests at once and for their commits, and how much the
 * clients had sent, both in characters. Whatever fails, fails with an error of ours.
 */
async function workOf(sent: readonly Sent[], isContended: boolean) {
  const codec = countingCodec();
  const { visit, open, other, sessions } = visits<Data>({ codec, maxLength: 100_000_000 });
  const token = await visit('', (session) => session.set('list', []).set('box', {}));
  const [session, rival] = [await open(token), await open(token, other)];
  codec.reset();
  let size = 0;
  for (const one of sent) {
    size += JSON.stringify([one.path, one.value]).length;
    failing(() => VERBS[one.verb](session, one));
  }
  if (isContended) {
    for (const one of sent.slice(0, 10)) failing(() => VERBS[one.verb](rival, one));
    failing(() => rival.push('list', 'rival'));
    await other.commit(rival).catch(expectOurs);
  }
  await sessions.commit(session).catch(expectOurs);
  return { work: codec.work, size };
}

function failing(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expectOurs(error);
  }
}

function expectOurs(error: unknown): void {
  expect(isSessionError(error), String(error)).toBe(true);
}

/** `depth` lists or objects inside each other. */
function nested(depth: number, isList: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = isList ? [value] : { a: value };
  return value;
}

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, 0, 1, '', '__proto__', Number.NaN, true),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 0, max: 20_000 }).map((length) => '\u0000'.repeat(length)),
  fc.tuple(fc.integer({ min: 0, max: 600 }), fc.boolean()).map((part) => nested(...part)),
  fc.integer({ min: 0, max: 2000 }).map((length) => Array.from({ length }, () => [])),
  fc
    .integer({ min: 0, max: 2000 })
    .map((length) => Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, {}]))),
);

const hostilePath: fc.Arbitrary<string | string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('list', 'box', 'list.0', 'box.a', 'box.list') },
  fc.integer({ min: 0, max: 5000 }).map((dots) => `box${'.a'.repeat(dots)}`),
  fc.integer({ min: 0, max: 5000 }).map((dots) => `list${'.0'.repeat(dots)}`),
  fc.integer({ min: 0, max: 70 }).map((steps) => ['box', ...Array<string>(steps).fill('a.b')]),
  fc.integer({ min: 0, max: 9999 }).map((index) => ['box', `k${index}`]),
  fc.integer({ min: 0, max: 9999 }).map((index) => [`k${index}`]),
  fc.string({ maxLength: 50 }),
  fc.string({ minLength: 1000, maxLength: 20_000 }).map((text) => [text]),
);

const hostile: fc.Arbitrary<Sent> = fc.record({
  verb: fc.constantFrom(...(Object.keys(VERBS) as (keyof typeof VERBS)[])),
  path: hostilePath,
  value: hostileValue,
});

describe('what a client sends decides the work at most linearly', () => {
  test.for([
    { isContended: false, factor: 4, title: 'alone' },
    { isContended: true, factor: 12, title: 'with another request in the way' },
  ])('whatever it sends, $title', async ({ isContended, factor }) => {
    const property = fc.asyncProperty(
      fc.array(fc.tuple(hostile, fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 5 }),
      async (parts) => {
        const sent = parts.flatMap(([one, times]) => Array.from({ length: times }, () => one));
        const { work, size } = await workOf(sent, isContended);
        expect(work).toBeLessThanOrEqual(factor * (size + ALLOWANCE));
      },
    );
    await fc.assert(property, { numRuns: process.env.SOJOURN_LONG === '1' ? 2000 : 40 });
  });

  /** Four thousand of one verb: without the bound, work would be a thousand times the input. */
  const floods: { verb: keyof typeof VERBS; path: (index: number) => string[]; value: unknown }[] =
    (Object.keys(VERBS) as (keyof typeof VERBS)[]).flatMap((verb) => [
      { verb, path: () => ['list'], value: { sku: 1 } },
      { verb, path: () => ['list'], value: 1 },
      { verb, path: (index: number) => ['box', `k${index}`], value: {} },
      { verb, path: (index: number) => ['box', `k${index}`], value: 1 },
    ]);

  test.for(floods)('$verb x 4,000, $value', async ({ verb, path, value }) => {
    for (const isContended of [false, true]) {
      const sent = Array.from({ length: 4000 }, (_, index) => ({ verb, path: path(index), value }));
      const { work, size } = await workOf(sent, isContended);
      expect(work).toBeLessThanOrEqual((isContended ? 12 : 4) * size + 3 * ALLOWANCE);
    }
  });

  test('between looks at the same key, which then was handed out', async () => {
    const push: Sent = { verb: 'push', path: ['list'], value: { sku: 1 } };
    const get: Sent = { verb: 'get', path: ['list'], value: null };
    const sent = Array.from({ length: 4000 }, (_, index) => (index % 2 === 0 ? push : get));
    const { work, size } = await workOf(sent, false);
    expect(work).toBeLessThanOrEqual(4 * size);
  });

  test('between clears, which do not give back what was spent on comparing', async () => {
    const update: Sent = { verb: 'update, in place', path: ['list'], value: { sku: 1 } };
    const clear: Sent = { verb: 'clear', path: ['list'], value: null };
    const sent = Array.from({ length: 8000 }, (_, index) => (index % 200 === 0 ? clear : update));
    const { work, size } = await workOf(sent, false);
    expect(work).toBeLessThanOrEqual(4 * size + ALLOWANCE);
  });
});
