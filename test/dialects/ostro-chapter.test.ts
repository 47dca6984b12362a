import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../examples/ostro/app.js';
import { session } from '../../src/dialects/ostro.js';
import { createClient } from '../../src/testing/client.js';
import { answersOf, browse, start, startOriginal } from './ostro-app.js';

interface Chapter {
  readonly shows: string;
  /** Visited one after the other by one browser. */
  readonly paths: readonly string[];
  /** What they answer, which is what the documentation promises. */
  readonly answers: readonly unknown[];
  /** What @ostro/session 1.0.10 answers in place of it. */
  readonly instead?: readonly unknown[];
}

const TEXT = 'Task was successful!';
const absent = (name: string) => ({ error: `session.${name} is not a function` });

const CHAPTER: readonly Chapter[] = [
  { shows: 'get of what was put', paths: ['/put', '/cart'], answers: [null, 'lamp'] },
  { shows: 'get of an absent key is null', paths: ['/cart'], answers: [null] },
  { shows: 'get with a default', paths: ['/cart-or-empty'], answers: ['empty'] },
  {
    shows: 'get with a function as default',
    paths: ['/cart-or-computed'],
    answers: ['computed'],
    instead: [undefined],
  },
  {
    shows: 'get does not take a default for 0',
    paths: ['/put-falsy', '/count'],
    answers: [null, 0],
    instead: [null, 'none'],
  },
  { shows: 'put and get of a dotted key', paths: ['/put-deep', '/user'], answers: [null, 'Ada'] },
  {
    shows: 'has is true when the item is there and not null',
    paths: ['/put', '/has?key=cartItem', '/put-null', '/has?key=users', '/has?key=nothing'],
    answers: [null, true, null, false, false],
  },
  {
    shows: 'exists is true when the item is there, null included',
    paths: ['/put-null', '/exists?key=users', '/exists?key=nothing'],
    answers: [null, true, false],
    instead: [null, absent('exists'), absent('exists')],
  },
  {
    shows: 'missing is true when the item is absent or null',
    paths: [
      '/put-null',
      '/missing?key=users',
      '/missing?key=nothing',
      '/put',
      '/missing?key=cartItem',
    ],
    answers: [null, true, true, null, false],
    instead: [null, absent('missing'), absent('missing'), null, absent('missing')],
  },
  {
    shows: 'push adds to a list and makes it',
    paths: ['/push', '/push', '/teams'],
    answers: [null, null, ['developers', 'developers']],
  },
  {
    shows: 'pull gets and deletes',
    paths: ['/put', '/pull', '/cart', '/pull'],
    answers: [null, 'lamp', null, 'default'],
  },
  {
    shows: 'increment and decrement, with steps',
    paths: ['/increment', '/increment-by-two', '/decrement', '/decrement-by-two', '/count'],
    answers: [1, 3, 2, 0, 0],
    instead: [
      absent('increment'),
      absent('increment'),
      absent('decrement'),
      absent('decrement'),
      'none',
    ],
  },
  {
    shows: 'flash is there in the next request and gone after it',
    paths: ['/flash', '/status', '/status'],
    answers: [null, TEXT, null],
  },
  {
    shows: 'reflash carries all flash one request further',
    paths: ['/flash-many', '/reflash', '/status', '/status'],
    answers: [null, null, 'Sent', null],
  },
  {
    shows: 'keep carries some flash one request further',
    paths: ['/flash-many', '/keep', '/email', '/email'],
    answers: [null, null, 'ada@example.com', null],
    instead: [
      null,
      { error: "Cannot read properties of undefined (reading 'concat')" },
      'ada@example.com',
      null,
    ],
  },
  {
    shows: 'keep leaves the other flash to go',
    paths: ['/flash-many', '/keep', '/status'],
    answers: [null, null, null],
    instead: [null, { error: "Cannot read properties of undefined (reading 'concat')" }, 'Sent'],
  },
  {
    shows: 'now is there in this request only',
    paths: ['/now', '/status'],
    answers: [TEXT, null],
    instead: [absent('now'), null],
  },
  {
    shows: 'forget deletes a key',
    paths: ['/put-falsy', '/forget', '/has?key=name'],
    answers: [null, null, false],
  },
  {
    shows: 'forget deletes several keys',
    paths: ['/put', '/put-falsy', '/forget-many', '/cart', '/has?key=count', '/has?key=isMember'],
    answers: [null, null, null, null, false, true],
    instead: [null, null, null, 'lamp', true, true],
  },
  {
    shows: 'flush deletes everything',
    paths: ['/put', '/flush', '/cart'],
    answers: [null, true, null],
  },
  {
    shows: 'all is the data and nothing else',
    paths: ['/put', '/all'],
    answers: [null, { cartItem: 'lamp' }],
    instead: [
      null,
      { cartItem: 'lamp', __token: expect.any(String), __flash: { __old: [], __new: [] } },
    ],
  },
  {
    shows: 'regenerate keeps the data',
    paths: ['/put', '/regenerate', '/cart'],
    answers: [null, true, 'lamp'],
    instead: [null, null, null],
  },
  {
    shows: 'invalidate deletes the data',
    paths: ['/put', '/invalidate', '/cart'],
    answers: [null, true, null],
    instead: [null, absent('invalidate'), 'lamp'],
  },
];

let original: Awaited<ReturnType<typeof startOriginal>>;

beforeAll(async () => {
  original = await startOriginal({ app: 'chapter' });
});

afterAll(() => original?.stop());

describe.each(CHAPTER)('the chapter: $shows', ({ paths, answers, instead = answers }) => {
  test('on Sojourn', async () => {
    expect(await answersOf(await browse(createApp(start(), session)), paths)).toEqual(answers);
  });

  test(`on @ostro/session 1.0.10${instead === answers ? ', the same' : ', which does otherwise'}`, async () => {
    expect(await answersOf(createClient(original), paths)).toEqual(instead);
  });
});

test('the global helper gets, with a default, and puts', async () => {
  const visitor = await browse(createApp(start(), session));
  expect(await answersOf(visitor, ['/helper', '/helper-put', '/helper', '/cart'])).toEqual([
    'empty',
    null,
    'lamp',
    'lamp',
  ]);
});

describe('the cookie', () => {
  test('regenerate changes it, and the old one is dead', async () => {
    const visitor = await browse(createApp(start(), session));
    await visitor.get('/put');
    const thief = visitor.clone();
    await visitor.get('/regenerate');
    expect(visitor.cookies.get('ostro_session')).not.toBe(thief.cookies.get('ostro_session'));
    expect(await answersOf(thief, ['/cart'])).toEqual([null]);
    expect(await answersOf(visitor, ['/cart'])).toEqual(['lamp']);
  });

  test('the original sends two at once, of which the browser keeps the old one', async () => {
    const visitor = createClient(original);
    await visitor.get('/put');
    const before = visitor.cookies.get('ostro_session');
    expect((await visitor.get('/regenerate')).headers.getSetCookie()).toHaveLength(2);
    expect(visitor.cookies.get('ostro_session')).toBe(before);
  });
});
