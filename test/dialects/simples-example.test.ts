import { expect, test } from 'vitest';
import type { Client } from '../../src/testing/client.js';
import { startExample } from './example-process.js';
import { openWebSocket } from './web-socket.js';

/** What the application answers to the requests of one visitor. */
async function visit(client: Client): Promise<unknown[]> {
  const answers: unknown[] = [];
  const ask = async (path: string): Promise<void> => {
    const response = await client.get(path);
    answers.push([path, response.status, await response.text()]);
  };
  await ask('/');
  await ask('/login/Ada');
  await ask('/visit');
  await ask('/visit');
  await ask('/');
  const cookie = `_session=${client.cookies.get('_session')}`;
  const connection = await openWebSocket(`${client.origin}/chat`, { cookie });
  answers.push(await connection.ask('hello'));
  await connection.close();
  await expect.poll(async () => (await client.get('/')).text()).toContain('"said":"hello"');
  await ask('/');
  await ask('/forget');
  await ask('/forget');
  await ask('/logout');
  await ask('/');
  return answers;
}

test.each([
  ['examples/simples on Sojourn', 'simples/server.js'],
  ['examples/simples with a store of Sojourn inside simpleS', 'simples/inside.js'],
])('%s answers as the original does', async (_, program) => {
  const [original, ours] = await Promise.all([
    startExample('simples/original.js'),
    startExample(program),
  ]);
  const answers = await visit(original);
  expect(answers[4]).toEqual(['/', 200, '{"name":"Ada","visits":2}']);
  expect(answers[5]).toBe('Ada: hello');
  expect(await visit(ours)).toEqual(answers);
});
