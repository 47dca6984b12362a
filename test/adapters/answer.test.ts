import { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type AnswerTarget, addAnswer, lostAnswer } from '../../src/index.js';

const pairs = [
  ['Set-Cookie', 'sid=1'],
  ['Cache-Control', 'no-store'],
  ['Vary', 'Cookie'],
] as const;

/** Each kind of headers, and all it holds by lower-case names. */
const kinds: Record<string, () => [AnswerTarget, () => Record<string, unknown>]> = {
  'web headers': () => {
    const headers = new Headers();
    return [
      headers,
      () =>
        Object.fromEntries(
          [...new Set(headers.keys())].map((name) => [
            name,
            name === 'set-cookie' ? headers.getSetCookie() : headers.get(name),
          ]),
        ),
    ];
  },
  'a response of Node': () => {
    const response = new ServerResponse({ method: 'GET' } as never);
    return [response, () => withLists(response.getHeaders())];
  },
  'a plain object': () => {
    const headers = {};
    return [headers, () => withLists(headers)];
  },
};

function withLists(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const key = name.toLowerCase();
      return [key, key === 'set-cookie' ? [value].flat() : value];
    }),
  );
}

describe.each(Object.entries(kinds))('%s', (_kind, make) => {
  test('take what a commit answered', () => {
    const [target, present] = make();
    addAnswer(target, {
      headers: [
        ['Set-Cookie', 'theme=dark'],
        ['Cache-Control', 'no-cache'],
        ['Vary', 'Accept'],
        ['X-Own', '1'],
      ],
    });
    addAnswer(target, { headers: pairs });
    expect(present()).toEqual({
      'set-cookie': ['theme=dark', 'sid=1'],
      'cache-control': 'no-store',
      vary: 'Accept, Cookie',
      'x-own': '1',
    });
  });

  test('give up the headers of a lost answer, and no cache keeps what comes instead', () => {
    const [target, present] = make();
    addAnswer(target, {
      headers: [
        ['X-Early', 'kept'],
        ['Set-Cookie', 'early=1'],
        ['Set-Cookie', 'early=2'],
        ['Cache-Control', 'private'],
      ],
    });
    const takeBack = lostAnswer(target);
    addAnswer(target, { headers: [['X-Early', 'lost'], ['Location', '/lost'], ...pairs] });
    takeBack();
    expect(present()).toEqual({
      'x-early': 'kept',
      'set-cookie': ['early=1', 'early=2'],
      'cache-control': 'no-store',
    });
  });
});

test('names of a plain object are found in any case, and a list of the handler is left alone', () => {
  const own = Object.freeze(['theme=dark']);
  const headers = { 'set-cookie': own, VARY: 'accept' };
  addAnswer(headers, { headers: pairs });
  expect(headers).toEqual({
    'set-cookie': ['theme=dark', 'sid=1'],
    VARY: 'accept, Cookie',
    'Cache-Control': 'no-store',
  });
  expect(own).toEqual(['theme=dark']);
});
