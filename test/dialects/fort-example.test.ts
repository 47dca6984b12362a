import { expect, test } from 'vitest';
import type { Client } from '../../src/testing/client.js';
import { startExample } from './example-process.js';
import { send } from './fort-app.js';

/** What the application answers to the requests of one visitor, and how many cookies with it. */
async function visit(client: Client): Promise<unknown[]> {
  const answers: unknown[] = [];
  const note = async (answer: Promise<Response>): Promise<void> => {
    const response = await answer;
    answers.push([
      response.status,
      response.headers.get('content-type'),
      await response.text(),
      response.headers.getSetCookie().length,
    ]);
  };
  await note(client.get('/user/profile'));
  await note(client.get('/user/name'));
  await note(send(client, '/user/login', { name: 'Ada' }));
  await note(client.get('/user/name'));
  await note(send(client, '/user/settings', { theme: 'dark', size: 12 }));
  await note(client.get('/user/profile'));
  await note(client.post('/user/forget'));
  await note(client.get('/user/name'));
  await note(client.get('/user/profile'));
  await note(client.post('/user/logout'));
  await note(client.get('/user/profile'));
  await note(send(client, '/user/login', { name: 'Grace' }));
  await note(client.get('/user/profile'));
  return answers;
}

test.each([
  ['examples/fort on Sojourn', 'fort/server.js', {}],
  [
    "examples/fort on Sojourn, with the documentation's SessionProvider",
    'fort/server.js',
    { STORE: 'CustomSessionProvider' },
  ],
  [
    "examples/fort on Sojourn, with the documentation's store",
    'fort/server.js',
    { STORE: 'MemorySessionStore' },
  ],
  ['examples/fort with a store of Sojourn inside FortJs', 'fort/inside.js', {}],
])('%s answers as the original does', async (_, program, env: Record<string, string>) => {
  const [original, ours] = await Promise.all([
    startExample('fort/original.js'),
    startExample(program, env),
  ]);
  const answers = await visit(original);
  expect(answers).toHaveLength(13);
  expect(answers[5]).toEqual([
    200,
    'application/json',
    '{"name":"Ada","theme":"dark","size":12}',
    0,
  ]);
  expect(await visit(ours)).toEqual(answers);
});
