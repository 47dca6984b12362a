import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/testing/client.js';
import { withTypes } from '../docs/code-blocks.js';
import { consumer, pack } from '../package/consumer.js';
import { pageOf, writeFiles } from '../package/stranger.js';
import { build, makeSite, start } from './next/site.js';

/** Milliseconds. webpack takes most of it, and the other tests run meanwhile. */
const PATIENCE = 600_000;
/** The settings that Next writes, and `strict`. */
const TYPES = {
  compilerOptions: {
    target: 'es2022',
    lib: ['dom', 'esnext'],
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: ['node', 'react'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['**/*.ts', '**/*.tsx'],
  exclude: ['node_modules', '.next'],
};

const CURRENT = `
import { session } from 'sojourn';
import { sessions } from '../../lib/sessions';
import { getSession, withSession } from '../../lib/session';

export const GET = withSession(async () => {
  const { id } = await getSession();
  return Response.json([session().id === id, sessions.current().id === id]);
});
`;

/**
 * The files that docs/adapters/next.md names, with the package as it is packed, built by webpack
 * and started by `next start`.
 */
let folder: string;
let made: ReturnType<typeof pack>;
let checked: ReturnType<typeof checkTypes>;
let server: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  made = pack();
  folder = makeSite(consumer(made.folder, 'shared', {}, made.tarball));
  const site = fileURLToPath(new URL('next/site/', import.meta.url));
  for (const file of ['next.config.js', 'package.json', 'app/layout.jsx', 'app/stores'])
    cpSync(join(site, file), join(folder, file), { recursive: true });
  const files = [...pageOf('adapters/next.md').files()].map(
    ([name, code]) => [name, withTypes(code)] as const,
  );
  writeFiles(folder, [...files, ['app/current/route.ts', CURRENT]]);
  checked = checkTypes();
  await build(folder, '--webpack');
  server = await start(folder);
}, PATIENCE);

afterAll(async () => {
  await server?.stop();
  for (const each of [folder, made.folder]) rmSync(each, { recursive: true, force: true });
});

function checkTypes() {
  writeFileSync(join(folder, 'types.json'), JSON.stringify(TYPES));
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  return spawnSync(process.execPath, [compiler, '-p', join(folder, 'types.json')], {
    encoding: 'utf8',
  });
}

async function textOf(client: Client, path: string): Promise<string> {
  return (await client.get(path)).text();
}

/** Sends the only form of the first page. */
async function submit(client: Client, fields: Record<string, string> = {}): Promise<Response> {
  const [, action = ''] = /name="(\$ACTION_ID_\w+)"/.exec(await textOf(client, '/')) ?? [];
  const body = new FormData();
  for (const [name, value] of Object.entries({ [action]: '', ...fields })) body.append(name, value);
  return client.post('/', { body, headers: { origin: client.origin } });
}

test('the app of the page has the right types', () => {
  const { status, stdout } = checked;
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

test('the app of the page: in, counted, and out again', async () => {
  const client = createClient(server);
  const login = await submit(client, { name: 'ada' });
  expect([login.status, login.headers.get('location')]).toEqual([303, '/']);
  expect(await textOf(client, '/')).toContain('ada, visit number 1');
  expect(await (await client.post('/views')).json()).toEqual({ views: 2 });
  expect(await (await client.post('/api/views')).json()).toEqual({ views: 3 });
  expect(await textOf(client, '/classic')).toContain('Visit number 4');
  expect(await textOf(client, '/')).toContain('ada, visit number 4');
  await submit(client);
  expect(client.cookies.list()).toEqual([]);
  expect(await textOf(client, '/')).toContain('Log in');
});

test('session() and sessions.current() give the session in what withSession wraps', async () => {
  const response = await createClient(server).get('/current');
  expect(await response.json()).toEqual([true, true]);
});

test('the proxy of the page sends strangers away', async () => {
  const response = await createClient(server).get('/account');
  expect([response.status, response.headers.get('location')]).toEqual([307, '/']);
});

test('webpack bundles every store, and that of SQLite finds its client', async () => {
  const response = await createClient(server).get('/stores');
  expect(await response.json()).toEqual({ entries: 14, isFound: true });
});
