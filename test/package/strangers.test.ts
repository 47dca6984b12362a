import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findRuntime } from '../../scripts/runtimes.js';
import { sharedServer } from '../servers.js';
import { consumer, npm, pack, packageBin, root, run } from './consumer.js';

// The first hour of three people who follow a page, from `npm init` to a login.

const redis = await sharedServer('redis');
const bun = findRuntime('bun');

let made: ReturnType<typeof pack>;

function reasonOf(server: { available: true } | { available: false; reason: string }): string {
  return server.available ? '' : ` (skipped: ${server.reason})`;
}

beforeAll(() => {
  made = pack();
}, 60_000);

afterAll(() => rmSync(made.folder, { recursive: true, force: true }));

/** The block of a page that holds `text`. */
function blockOf(page: string, language: string, text: string): string {
  const blocks = readFileSync(join(root, 'docs', page), 'utf8').matchAll(
    /^```(\w+).*\n([\s\S]*?)^```$/gm,
  );
  for (const [, info, code = ''] of blocks)
    if (info === language && code.includes(text)) return code;
  throw new Error(`${page} has no ${language} block with ${text}`);
}

/** The packages that a page says to install, ours as the tarball. */
function packagesOf(commands: string): string[] {
  const names = [...commands.matchAll(/^npm install (?:--save-dev )?(.+)$/gm)].flatMap(
    ([, list = '']) => list.split(' '),
  );
  return names.map((name) => (name === 'sojourn' ? made.tarball : name));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program that listens at PORT; a browser of it. */
async function start(
  folder: string,
  command: string,
  parameters: string[],
  env: Record<string, string> = {},
): Promise<(path: string, form?: Record<string, string>) => Promise<string>> {
  const port = await freePort();
  const app: ChildProcess = spawn(command, parameters, {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'development', PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  app.stderr?.on('data', (text) => {
    said += text;
  });
  onTestFinished(async () => {
    if (app.exitCode === null && app.kill()) await once(app, 'exit');
  });
  const origin = `http://localhost:${port}`;
  await expect
    .poll(
      () => {
        if (app.exitCode !== null) throw new Error(said);
        return fetch(origin).then(() => true);
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  const jar = new CookieJar(undefined, { allowSpecialUseDomain: true });
  // Browsers take localhost for secure.
  const site = origin.replace('http:', 'https:');

  return async function visit(path, form?: Record<string, string>): Promise<string> {
    const response = await fetch(origin + path, {
      redirect: 'manual',
      headers: { cookie: await jar.getCookieString(site) },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, site);
    const location = response.headers.get('location');
    return location === null ? response.text() : visit(location);
  };
}

async function logsInAndOut(
  visit: (path: string, form?: Record<string, string>) => Promise<string>,
): Promise<void> {
  expect(await visit('/')).toBe('nobody, visit number 1');
  expect(await visit('/')).toBe('nobody, visit number 2');
  expect(await visit('/login', { name: 'ada' })).toBe('ada, visit number 3');
  expect(await visit('/logout', {})).toBe('nobody, visit number 1');
}

test.skipIf(!redis.available)(
  `a TypeScript app with Express and Redis, in ES modules${reasonOf(redis)}`,
  async () => {
    const page = 'guide/getting-started.md';
    const commands = blockOf(page, 'sh', 'redis');
    const folder = consumer(
      made.folder,
      'esm',
      { type: 'module' },
      ...packagesOf(commands),
      '@types/node@20',
    );
    writeFileSync(join(folder, 'app.ts'), blockOf(page, 'ts', '/login'));
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      types: ['node'],
      skipLibCheck: true,
    };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['app.ts'] }),
    );
    run(folder, process.execPath, packageBin('typescript', 'tsc'), '-p', '.', '--pretty', 'false');
    const { url } = redis as unknown as { url: string };
    await logsInAndOut(await start(folder, process.execPath, ['app.js'], { REDIS_URL: url }));
  },
);

/** An app as the README of express-session teaches it. */
const OLD_APP = `
const express = require('express');
const session = require('express-session');

const app = express();
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true }));
app.use(express.urlencoded({ extended: false }));
app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1;
  res.send((req.session.user ?? 'nobody') + ', visit number ' + req.session.views);
});
app.post('/login', (req, res, next) => {
  const { views } = req.session;
  req.session.regenerate((error) => {
    if (error) return next(error);
    Object.assign(req.session, { user: req.body.name, views });
    req.session.save((failure) => (failure ? next(failure) : res.redirect('/')));
  });
});
app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.redirect('/')));
});
app.listen(process.env.PORT);
`;

test('a JavaScript app in CommonJS that moves from express-session', async () => {
  const page = 'moving-from/express-session.md';
  const folder = consumer(made.folder, 'commonjs', {}, 'express', 'express-session');
  const file = join(folder, 'app.js');
  writeFileSync(file, OLD_APP);
  await logsInAndOut(await start(folder, process.execPath, ['app.js']));

  npm(
    folder,
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    ...packagesOf(blockOf(page, 'sh', 'npm install')),
  );
  npm(folder, 'uninstall', 'express-session');
  const [, before = '', after = ''] =
    /^-(.+)\n\+(.+)$/m.exec(blockOf(page, 'diff', 'require')) ?? [];
  expect(OLD_APP).toContain(before);
  writeFileSync(file, OLD_APP.replace(before, after));
  await logsInAndOut(await start(folder, process.execPath, ['app.js']));
});

test.skipIf(!bun.available)(`a fetch handler on Bun${reasonOf(bun)}`, async () => {
  if (!bun.available) return;
  const folder = consumer(made.folder, 'bun', { type: 'module' }, made.tarball);
  writeFileSync(join(folder, 'app.ts'), blockOf('adapters/fetch.md', 'ts', '/login'));
  await logsInAndOut(await start(folder, bun.command, ['run', 'app.ts']));
});
