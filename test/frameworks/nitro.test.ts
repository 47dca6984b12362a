import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createNitro, prepare } from 'nitropack';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { linkFrameworks } from './link.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

beforeAll(async () => {
  // Inside the repository, so that 'sojourn/...' is this package.
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  folder = mkdtempSync(join(root, '.artifacts', 'nitro-'));
  linkFrameworks(folder);
  cpSync(fileURLToPath(new URL('nitro/', import.meta.url)), folder, { recursive: true });
  const nitro = await createNitro({
    rootDir: folder,
    srcDir: join(folder, 'server'),
    preset: 'node-server',
    compatibilityDate: '2026-01-01',
    logLevel: 0,
    externals: { inline: ['sojourn'] },
    alias: Object.fromEntries(
      ['h3v1', 'stores/memory'].map((name) => [
        `sojourn/${name}`,
        join(root, 'dist', name === 'h3v1' ? 'adapters/h3v1.js' : `${name}.js`),
      ]),
    ),
  });
  await prepare(nitro);
  await build(nitro);
  await nitro.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('Nitro 2: a plugin gives every route its session; requests to itself have the same', async () => {
  const child = spawn(process.execPath, [join(folder, '.output/server/index.mjs')], {
    env: { ...process.env, NODE_ENV: 'development', PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill());
  let text = '';
  child.stderr.on('data', (chunk) => (text += chunk));
  child.stdout.on('data', (chunk) => (text += chunk));
  while (!/http:\S+/.test(text)) await Promise.race([once(child.stdout, 'data'), ended()]);
  const [origin = ''] = /http:[^\s/]*\/\/[^\s/]+/.exec(text) ?? [];

  const first = await fetch(origin);
  expect(await first.json()).toEqual({ views: 1 });
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!;
  const outer = await fetch(`${origin}/outer`, { headers: { cookie } });
  expect(await outer.json()).toEqual({ inner: 3, cookies: 0, views: 3 });
  const missing = await fetch(`${origin}/nowhere`);
  expect(missing.status).toBe(404);
  const lost = await fetch(`${origin}/fails`);
  expect([lost.status, lost.headers.getSetCookie()]).toEqual([503, []]);
  expect(lost.headers.get('cache-control')).toBe('no-store');

  async function ended(): Promise<never> {
    const [code] = await once(child, 'exit');
    throw new Error(`Nitro ended with ${code}: ${text}`);
  }
});
