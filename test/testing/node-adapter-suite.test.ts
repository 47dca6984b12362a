import { describe, expect, test } from 'vitest';
import {
  type NodeAdapterCasesOptions,
  nodeAdapterCases,
} from '../../src/testing/node-adapter-suite.js';
import { eachOf } from './mistakes.js';
import { good, goodMiddleware, middlewareMistakes, mistakes } from './node-adapter-mistakes.js';

describe('a mistake in an adapter for Node is found', () => {
  test.concurrent.each(eachOf(mistakes))('%s: %s', (_mistake, id, listener) =>
    isFound(id, { listener }),
  );
  test.concurrent.each(eachOf(middlewareMistakes))('%s: %s', (_mistake, id, middleware) =>
    isFound(id, { listener: good, middleware }),
  );

  async function isFound(id: string, mistaken: NodeAdapterCasesOptions): Promise<void> {
    const wanted = (options: NodeAdapterCasesOptions) =>
      nodeAdapterCases(options).find((one) => one.id === id)!;
    const right = wanted({ listener: good, middleware: goodMiddleware });
    await expect(right.run()).resolves.toBeUndefined();
    await expect(wanted(mistaken).run()).rejects.toThrow();
  }
});

test('without the middleware, its cases are shown as differing', () => {
  const shown = nodeAdapterCases({ listener: good }).filter(({ difference }) => difference);
  expect(shown.map(({ id, difference }) => `${id}: ${difference}`)).toEqual([
    'middleware/plain: the adapter is no middleware',
    'upgrade/none: the adapter is no middleware',
    'upgrade/hardly-one: the adapter is no middleware',
  ]);
});

test('ids are unique, and each names a group; each finds a mistake', () => {
  const ids = nodeAdapterCases({ listener: good }).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const found = [...mistakes, ...middlewareMistakes].flatMap(([, of]) => of);
  expect(ids.filter((id) => !found.includes(id))).toEqual([]);
  for (const id of ids) expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
});
