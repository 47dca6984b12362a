import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../adapters/reply.js';
import { type Exchange, exchange } from '../dialects/exchanges.js';
import { type Loose, original } from '../dialects/express3-apps.js';
import { sharedServer } from '../servers.js';

const SERVER = fileURLToPath(new URL('../../examples/express3/server.cjs', import.meta.url));
const createApp = createRequire(import.meta.url)('../../examples/express3/app.cjs');
const redis = await sharedServer('redis');
const mongodb = await sharedServer('mongodb');

const variables = ['/read', '/set', '/read', '/update', '/read', '/delete', '/read'];
const inCookie = [...variables, '/delete-session', '/read', '/set', '/null-session', '/read'];
const inStore = [
  ...variables,
  '/delete-session',
  '/read',
  '/null-session',
  '/read',
  '/destroy',
  '/read',
];

/** The example as a visitor would start it, in Node and without a compiler. */
async function startExample(strategy: string, env: Record<string, string> = {}): Promise<string> {
  const child = spawn(process.execPath, [SERVER, strategy], {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => stop(child));
  return new Promise((resolve, reject) => {
    let printed = '';
    const read = (chunk: Buffer): void => {
      printed += chunk;
      const [, origin] = /Listening on (\S+)\n/.exec(printed) ?? [];
      if (origin !== undefined) resolve(origin);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code) =>
      reject(new Error(`The example ended with code ${code}: ${printed}`)),
    );
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'close');
}

/** The same app on Express 3 alone. */
async function startOriginal(strategy: Loose): Promise<string> {
  const { origin, stop } = await listen(createApp(original, strategy));
  onTestFinished(stop);
  return origin;
}

async function answersOf(paths: readonly string[], origin: string): Promise<Exchange[]> {
  return exchange(
    paths.map((path) => ({ path })),
    [origin],
  );
}

it.each([
  ['cookie', original.cookieSession()],
  // With a secret of its own, beside that of cookieParser, the original never finds a session
  // again.
  ['options', original.cookieSession({ key: 'app.sess' })],
])('%s: answers as Express 3 does', async (name, strategy) => {
  const mine = await answersOf(inCookie, await startExample(name));
  const theirs = await answersOf(inCookie, await startOriginal(strategy));
  const [seen, expected] = [mine, theirs].map((answers) =>
    answers.map(({ setCookies, ...seen }) => seen),
  );
  expect(seen).toEqual(expected);
  const last = inCookie.indexOf('/null-session');
  expect(mine[last]?.setCookies).toEqual(theirs[last]?.setCookies);
});

/** An id and its signature are of chance. */
function withoutIds(answers: readonly Exchange[]): Exchange[] {
  return answers.map(({ setCookies, ...answer }) => ({
    ...answer,
    setCookies: setCookies.map((cookie) => cookie.replace(/=[^;]+/, '=')),
  }));
}

async function expectAsInMemory(origin: string, options: object): Promise<void> {
  const theirs = await answersOf(inStore, await startOriginal(original.session(options)));
  expect(withoutIds(await answersOf(inStore, origin))).toEqual(withoutIds(theirs));
}

it('memory: answers as Express 3 does', async () => {
  await expectAsInMemory(await startExample('memory'), {});
});

it.skipIf(!redis.available)('redis: answers as Express 3 does', async () => {
  const port = redis.available ? String(redis.port) : '';
  await expectAsInMemory(await startExample('redis', { REDIS_PORT: port }), {
    key: 'app.sess',
    secret: 'SEKR37',
  });
});

it.skipIf(!mongodb.available)('mongo: answers as Express 3 does', async () => {
  const url = mongodb.available ? `${mongodb.url}express3-example-${process.pid}` : '';
  await expectAsInMemory(await startExample('mongo', { MONGODB_URL: url }), {
    key: 'app.sess',
    secret: 'SEKR37',
  });
});
