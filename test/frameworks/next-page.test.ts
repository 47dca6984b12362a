import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/testing/client.js';
import { build, makeSite, start } from './next/site.js';

/** The files that docs/adapters/next.md names, built by webpack and started by `next start`. */
let folder: string;
let server: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  folder = makeSite();
  const site = fileURLToPath(new URL('next/site/', import.meta.url));
  for (const file of ['next.config.js', 'package.json', 'app/layout.jsx', 'app/stores'])
    cpSync(join(site, file), join(folder, file), { recursive: true });
  const page = readFileSync(new URL('../../docs/adapters/next.md', import.meta.url), 'utf8');
  for (const [, name = '', code = ''] of page.matchAll(/^```tsx? (\S+)\n([\s\S]*?)^```$/gm)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }
  await build(folder, '--webpack');
  server = await start(folder);
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

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

test('the proxy of the page sends strangers away', async () => {
  const response = await createClient(server).get('/account');
  expect([response.status, response.headers.get('location')]).toEqual([307, '/']);
});

test('webpack bundles every store, and that of SQLite finds its client', async () => {
  const response = await createClient(server).get('/stores');
  expect(await response.json()).toEqual({ entries: 14, isFound: true });
});
