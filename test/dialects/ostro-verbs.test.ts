import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/testing/client.js';
import { answersOf, browse, start, startOriginal } from './ostro-app.js';
import { createPages } from './ostro-pages.js';

type Call = readonly [verb: string, ...parameters: unknown[]];

interface Verbs {
  readonly shows: string;
  /** Visited one after the other by one browser. */
  readonly paths: readonly string[];
  readonly answers: readonly unknown[];
  /** What @ostro/session 1.0.10 answers in place of it. */
  readonly instead?: readonly unknown[];
}

/** The page that calls these verbs. */
function call(...verbs: Call[]): string {
  return `/call?verbs=${encodeURIComponent(JSON.stringify(verbs))}`;
}

const absent = { error: 'session[verb] is not a function' };
const FLASHED = { a: 1, b: 2, c: 3, d: 4 };

/** What @ostro/session has beyond the chapter of the documentation. */
const VERBS: readonly Verbs[] = [
  {
    shows: 'merge adds to lists and objects, deep; other values stay',
    paths: [
      call(['put', { list: [1], settings: { theme: 'dark', sizes: { font: 12 } }, name: 'Ada' }]),
      call(['merge', 'list', [2, 3]], ['get', 'list']),
      call(['merge', 'settings', { sizes: { line: 80 }, lang: 'en' }], ['get', 'settings']),
      call(['merge', 'name', 'Grace'], ['get', 'name']),
      call(['merge', 'absent', { a: 1 }], ['get', 'absent']),
      call(['merge', 'absent list', 1, []], ['get', 'absent list']),
    ],
    answers: [
      null,
      [1, 2, 3],
      { theme: 'dark', sizes: { font: 12, line: 80 }, lang: 'en' },
      'Ada',
      { a: 1 },
      [1],
    ],
  },
  {
    shows: 'flashOnly and flashExcept take back what this request flashed',
    paths: [
      call(['flash', FLASHED], ['flashOnly', ['a', 'b', 'c']], ['flashExcept', ['c']]),
      call(['get', 'a']),
      call(['flash', FLASHED], ['flashOnly', ['a', 'b', 'c']], ['flashExcept', ['c']]),
      call(['get', 'c']),
      call(['flash', FLASHED], ['flashOnly', ['a', 'b', 'c']], ['flashExcept', ['c']]),
      call(['get', 'd']),
    ],
    answers: [null, 1, null, null, null, null],
  },
  {
    shows: 'flashOnly and flashExcept take keys one by one too',
    paths: [
      call(['flash', FLASHED], ['flashOnly', 'a', 'b', 'c'], ['flashExcept', 'b', 'c']),
      call(['get', 'a']),
      call(['flash', FLASHED], ['flashOnly', 'a', 'b', 'c'], ['flashExcept', 'c']),
      call(['get', 'b']),
      call(['flash', FLASHED], ['flashOnly', 'a', 'b', 'c'], ['flashExcept', 'b', 'c']),
      call(['get', 'c']),
    ],
    answers: [null, 1, null, 2, null, null],
  },
  {
    shows: 'keep takes keys one by one too',
    paths: [
      call(['flash', FLASHED]),
      call(['keep', 'a', 'b']),
      call(['get', 'b']),
      call(['get', 'b']),
    ],
    answers: [null, null, 2, null],
    instead: [null, { error: "Cannot read properties of undefined (reading 'concat')" }, 2, null],
  },
  {
    shows: 'remove deletes a key',
    paths: [call(['put', 'a', 1], ['remove', 'a']), call(['has', 'a'])],
    answers: [null, false],
  },
  {
    shows: 'save stores and tells a callback',
    paths: ['/save/name/Ada', '/get/name'],
    answers: [null, 'Ada'],
  },
  {
    shows: 'existed tells whether the session is a new one',
    paths: ['/existed', '/existed'],
    answers: [false, true],
  },
  {
    shows: 'there is a token, also after a flush',
    paths: [call(['token']), call(['flush'], ['token'])],
    answers: [expect.stringMatching(/^[\w-]{43,86}$/), expect.stringMatching(/^[\w-]{43,86}$/)],
  },
  {
    shows: 'regenerateToken makes a new token',
    paths: [call(['regenerateToken'], ['token'])],
    answers: [expect.stringMatching(/^[\w-]{86}$/)],
    instead: [null],
  },
  {
    shows: 'only and except',
    paths: [
      call(['put', { a: 1, b: 2, c: 3 }]),
      call(['only', ['a', 'c']]),
      call(['except', ['a']]),
    ],
    answers: [null, { a: 1, c: 3 }, { b: 2, c: 3 }],
    instead: [null, absent, absent],
  },
];

let original: Awaited<ReturnType<typeof startOriginal>>;

beforeAll(async () => {
  original = await startOriginal({ app: 'pages' });
});

afterAll(() => original?.stop());

describe.each(VERBS)('$shows', ({ paths, answers, instead = answers }) => {
  test('on Sojourn', async () => {
    expect(await answersOf(await browse(createPages(start())), paths)).toEqual(answers);
  });

  test(`on @ostro/session 1.0.10${instead === answers ? ', the same' : ', which does otherwise'}`, async () => {
    expect(await answersOf(createClient(original), paths)).toEqual(instead);
  });
});
