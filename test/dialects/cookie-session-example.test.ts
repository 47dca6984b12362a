import { expect, test } from 'vitest';
import { startExample } from './example-process.js';
import { exchange } from './exchanges.js';

const DAY = 24 * 60 * 60 * 1000;
const paths = ['/', '/', '/remember/30', '/', '/logout', '/', '/stay'];

/**
 * What one visitor sees when programs take turns: the body, and the cookies with the days that they
 * last.
 */
async function visit(origins: readonly string[]): Promise<[string, string[]][]> {
  const visits = paths.map((path) => ({ path }));
  return (await exchange(visits, origins)).map(({ body, setCookies }, index) => {
    const cookies = setCookies.map((cookie) =>
      cookie.replace(
        /(?<=expires=)[^;]+/,
        (instant) => `${Math.max(0, Math.round((Date.parse(instant) - Date.now()) / DAY))} days`,
      ),
    );
    // It notes the minute, which may be another one for each.
    return [
      body,
      paths[index] === '/stay' ? cookies.map((cookie) => cookie.replace(/=[^;]+/, '=')) : cookies,
    ];
  });
}

test('examples/cookie-session on Sojourn answers as the original does, and goes on with its cookies', async () => {
  const [original, ours] = await Promise.all([
    startExample('cookie-session/original.js'),
    startExample('cookie-session/server.js'),
  ]);
  const expected = await visit([original.origin]);
  expect(expected.map(([body]) => body)).toEqual([
    'first visit: 1 views',
    'visit again: 2 views',
    'Found. Redirecting to /',
    'visit again: 3 views',
    'Found. Redirecting to /',
    'first visit: 1 views',
    'You stay.',
  ]);
  expect(expected[3]?.[1]).toEqual([
    expect.stringContaining('expires=30 days'),
    expect.stringContaining('expires=30 days'),
  ]);
  expect(await visit([ours.origin])).toEqual(expected);
  expect(await visit([original.origin, ours.origin])).toEqual(expected);
  expect(await visit([ours.origin, original.origin])).toEqual(expected);
});
