import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  type AdapterCasesOptions,
  adapterCases,
  adapterSuite,
  type StartAdapter,
} from '../../src/testing/adapter-suite.js';
import { good } from './adapter-mistakes/adapters.js';
import { ANSWER_MISTAKES } from './adapter-mistakes/answers.js';
import { LOST_MISTAKES } from './adapter-mistakes/lost-answers.js';
import { SESSION_MISTAKES } from './adapter-mistakes/sessions.js';
import { eachOf } from './mistakes.js';

const mistakes = [...SESSION_MISTAKES, ...ANSWER_MISTAKES, ...LOST_MISTAKES];

describe('a mistake in an adapter is found', () => {
  test.concurrent.each(eachOf(mistakes))('%s: %s', async (_mistake, id, start) => {
    const wanted = (options: AdapterCasesOptions) =>
      adapterCases(options).find((one) => one.id === id)!;
    await expect(wanted({ start: good }).run()).resolves.toBeUndefined();
    await expect(wanted({ start }).run()).rejects.toThrow();
  });
});

test('ids are unique, and each names a group; each finds a mistake', () => {
  const ids = adapterCases({ start: good }).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !mistakes.some(([, found]) => found.includes(id)))).toEqual([]);
  for (const id of ids) expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
});

test('a declared difference is shown with its reason and not run; one that names nothing is refused', () => {
  const shown: string[] = [];
  const register = Object.assign(() => undefined, { skip: (name: string) => shown.push(name) });
  adapterSuite({
    test: register,
    start: good,
    differences: { 'stream/gone': 'no connection', headers: 'none' },
  });
  expect(shown.filter((name) => name.endsWith('(differs: none)'))).toHaveLength(4);
  expect(
    shown.filter(
      (name) => name.startsWith('stream/gone: ') && name.endsWith('(differs: no connection)'),
    ),
  ).toHaveLength(1);
  expect(() => adapterCases({ start: good, differences: { 'stream/nothing': 'x' } })).toThrow(
    /names no case|is no case/,
  );
});

test('a server that does not start fails its case', async () => {
  const start: StartAdapter = async () => {
    createServer();
    throw new Error('no free port');
  };
  const [first] = adapterCases({ start });
  await expect(first!.run()).rejects.toThrow('no free port');
});
