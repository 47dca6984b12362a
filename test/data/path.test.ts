import { describe, expect, test } from 'vitest';
import { isSessionError, type SessionError } from '../../src/core/errors.js';
import { visits } from '../core/visits.js';

interface Data {
  list: unknown[];
  box: Record<string, unknown>;
}

function failure(run: () => unknown): SessionError {
  try {
    run();
  } catch (error) {
    if (isSessionError(error)) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
}

const steps = (count: number): [string, ...string[]] => [
  'box',
  ...Array.from({ length: count - 1 }, () => 'a'),
];

describe('the depth of a path', () => {
  const verbs = {
    get: (session, path) => session.get(path),
    has: (session, path) => session.has(path),
    exists: (session, path) => session.exists(path),
    set: (session, path) => session.set(path, 1),
    update: (session, path) => session.update(path, () => 1),
    delete: (session, path) => session.delete(path),
    pull: (session, path) => session.pull(path),
    push: (session, path) => session.push(path, 1),
    increment: (session, path) => session.increment(path),
    decrement: (session, path) => session.decrement(path),
  } satisfies Record<
    string,
    (session: Awaited<ReturnType<typeof open>>, path: [string, ...string[]]) => unknown
  >;

  async function open() {
    return visits<Record<string, unknown>>().open('');
  }

  test.for(Object.keys(verbs))('%s takes 64 keys and refuses 65', async (verb) => {
    const run = verbs[verb as keyof typeof verbs];
    const session = await open();
    run(session, steps(64));
    const error = failure(() => run(session, steps(65)));
    expect(error).toMatchObject({ code: 'invalid-path', status: 500 });
    expect(error.message).toContain('65 keys');
    const dotted = failure(() => run(session, 'a.'.repeat(500_000).concat('a') as never));
    expect(dotted.code).toBe('invalid-path');
    expect(dotted.message.length).toBeLessThan(400);
  });

  test('a path of 64 keys is stored, found and removed', async () => {
    const { visit, open, found } = visits();
    const token = await visit('', (session) => session.set(steps(64), 'deep'));
    expect((await open(token)).get(steps(64))).toBe('deep');
    await visit(token, (session) => expect(session.delete(steps(64))).toBe(true));
    expect((await open(token)).exists(steps(64))).toBe(false);
    expect(await found(token)).toHaveProperty(steps(63).join('.'), {});
  });
});

describe('what a path leads through', () => {
  test('objects on the way are made only for a value', async () => {
    const session = await visits<Data>().open('');
    session.set(['box', 'a', 'b'], undefined as never);
    expect(session.exists('box')).toBe(false);
    session.set(['box', 'a', 'b'], 1 as never).set(['box', 'a', 'b'], undefined as never);
    expect(session.get('box')).toEqual({ a: {} });
    session.update('box.a', () => null as never);
    session.set(['box', 'a', 'c'], 2 as never);
    expect(session.get('box')).toEqual({ a: { c: 2 } });
  });

  test('an index is in the list or at its end, written as a number is', async () => {
    const session = await visits<Data>().open('');
    session.set('list', ['a', 'b']).set('list.2', 'c').set(['list', '3', 'name'], 'd');
    expect(session.get('list')).toEqual(['a', 'b', 'c', { name: 'd' }]);
    session.delete('list.0');
    expect(session.get('list')).toEqual(['b', 'c', { name: 'd' }]);
    for (const index of ['4', '-1', '01', '1e0', 'length', ' 1'])
      expect(failure(() => session.set(['list', index], 'x')).code, index).toBe('invalid-path');
    expect(session.get('list')).toEqual(['b', 'c', { name: 'd' }]);
  });

  test('a value without keys is an error that names the path', async () => {
    const session = await visits<Data>().open('');
    session.set('box', { text: 'a' });
    expect(failure(() => session.set('box.text.length', 1))).toMatchObject({
      code: 'invalid-path',
      path: 'box.text.length',
    });
    expect(session.get('box')).toEqual({ text: 'a' });
  });
});

describe('S-07 names in messages', () => {
  const ESCAPE = '\u001b[31m\u009b2J\r\n\u2028\u202e';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is tested
  const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

  const failures: Record<string, (session: Awaited<ReturnType<typeof open>>) => unknown> = {
    'a refused name': (session) => session.set(['box', '__proto__\n', '__proto__'], 1),
    'an empty step': (session) => session.set(`${ESCAPE}..a` as never, 1 as never),
    'no index': (session) => session.set(['list', ESCAPE], 1),
    'no container': (session) => session.set([ESCAPE, 'a'], 1).set([ESCAPE, 'a', 'b'], 1),
    'too many keys': (session) =>
      session.set(Array.from({ length: 65 }, () => ESCAPE) as [string], 1),
    'no list': (session) => session.set([ESCAPE], 1).push([ESCAPE], 2),
    'no number': (session) => session.set([ESCAPE], 'a').increment([ESCAPE]),
    'no finite number': (session) => session.increment([ESCAPE], Number.NaN),
    'a promise': (session) => session.update([ESCAPE], async () => 1),
    'a value that cannot be kept': (session) => session.push(['list'], { [ESCAPE]: 1n }),
    'a value that is too deep': (session) => {
      let value: unknown = 1;
      for (let depth = 0; depth < 501; depth += 1) value = [value];
      session.set([ESCAPE, 'a'], value);
    },
  };

  async function open() {
    const session = await visits<Record<string, unknown>>().open('');
    return session.set(['list'], []);
  }

  test.for(Object.keys(failures))('%s is shown without control characters', async (name) => {
    const session = await open();
    const { message } = failure(() => failures[name]?.(session));
    expect(message).not.toMatch(CONTROLS);
    expect(message.length).toBeLessThan(1000);
  });
});

test('a function of update that returns a promise throws, and the data stay', async () => {
  const { visit, found } = visits<Record<string, unknown>>();
  const token = await visit('', (session) => session.set('n', 1));
  await visit(token, (session) => {
    for (const make of [
      async () => 2,
      async () => Promise.reject(new Error('nobody handles this')),
    ]) {
      const error = failure(() => session.update('n', make));
      expect(error).toMatchObject({ code: 'invalid-value', path: 'n' });
      expect(error.message).toContain('Await');
    }
    expect(session.isChanged).toBe(false);
  });
  expect(await found(token)).toEqual({ n: 1 });
});
