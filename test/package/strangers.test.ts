import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedServer } from '../servers.js';
import { consumer, npm, pack } from './consumer.js';
import { compile, logsInAndOut, packagesOf, pageOf, start } from './stranger.js';

// The first hour of two people who follow a page, from `npm init` to a login. paths.test.ts has one
// for each adapter.

const redis = await sharedServer('redis');
const skipped = redis.available ? '' : ` (skipped: ${redis.reason})`;

let made: ReturnType<typeof pack>;

beforeAll(() => {
  made = pack();
}, 60_000);

afterAll(() => rmSync(made.folder, { recursive: true, force: true }));

/** The packages that commands install, ours as the tarball. */
function packed(commands: string): string[] {
  return packagesOf(commands).map((name) => (name === 'sojourn' ? made.tarball : name));
}

test.skipIf(!redis.available)(
  `a TypeScript app with Express and Redis, in ES modules${skipped}`,
  async () => {
    const page = pageOf('guide/getting-started.md');
    const packages = packed(page.block('sh', 'redis'));
    const manifest = { type: 'module' };
    const folder = consumer(made.folder, 'esm', manifest, ...packages, '@types/node@20');
    writeFileSync(join(folder, 'app.ts'), page.block('ts', '/login'));
    compile(folder);
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
  const page = pageOf('moving-from/express-session.md');
  const folder = consumer(made.folder, 'commonjs', {}, 'express', 'express-session');
  const file = join(folder, 'app.js');
  writeFileSync(file, OLD_APP);
  await logsInAndOut(await start(folder, process.execPath, ['app.js']));

  const packages = packed(page.block('sh', 'npm install'));
  npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages);
  npm(folder, 'uninstall', 'express-session');
  const [, before = '', after = ''] = /^-(.+)\n\+(.+)$/m.exec(page.block('diff', 'require')) ?? [];
  expect(OLD_APP).toContain(before);
  writeFileSync(file, OLD_APP.replace(before, after));
  await logsInAndOut(await start(folder, process.execPath, ['app.js']));
});
