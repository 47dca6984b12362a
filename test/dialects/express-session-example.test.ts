import { expect, test } from 'vitest';
import type { Client } from '../../src/testing/client.js';
import { startExample } from './example-process.js';

/** What one visitor sees, and which of the answers brought a cookie. */
async function visit(client: Client): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note = async (answer: Promise<Response>): Promise<void> => {
    const response = await answer;
    const cookies = response.headers
      .getSetCookie()
      .map((cookie) => cookie.replace(/=[^;]+/, '').replace(/Expires=[^;]+/, 'Expires'));
    seen.push([response.status, response.headers.get('location'), await response.text(), cookies]);
  };
  const body = new URLSearchParams({ user: 'Ada <3' });
  for (const path of ['/', '/views/foo', '/views/foo', '/views/bar']) await note(client.get(path));
  await note(client.post('/login', { body }));
  for (const path of ['/', '/views/foo', '/logout', '/', '/views/foo'])
    await note(client.get(path));
  await note(client.post('/forget'));
  await note(client.get('/views/foo'));
  return seen;
}

test('examples/express-session on Sojourn answers as the original does', async () => {
  const [original, ours] = await Promise.all([
    startExample('express-session/original.js'),
    startExample('express-session/server.js'),
  ]);
  const seen = await visit(original);
  expect(seen[5]).toEqual([200, null, 'Hello, Ada &#60;3! <a href="/logout">Logout</a>', []]);
  expect(await visit(ours)).toEqual(seen);
});
