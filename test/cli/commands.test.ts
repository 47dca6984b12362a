import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../src/config/drivers.js';
import { createSessions, headerTransport, type SessionStore } from '../../src/index.js';
import { dataSchema } from '../../src/schema/index.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { sharedServer } from '../servers.js';
import { createWorkplace, ended, visit, type Workplace } from './cli.js';

const redis = await sharedServer('redis');
const postgres = await sharedServer('postgres');

/** A table or prefix of its own for each test, for the servers are shared. */
let tables = 0;

const places = [
  { name: 'SQLite', missing: undefined, connection: ({ sqlite }: Workplace) => sqlite },
  {
    name: 'Redis',
    missing: redis.available ? undefined : redis.reason,
    connection: () => (redis.available ? redis.url : ''),
  },
  {
    name: 'PostgreSQL',
    missing: postgres.available ? undefined : postgres.reason,
    connection: () => (postgres.available ? postgres.url : ''),
  },
];

describe.each(places)('on $name', ({ name, missing, connection }) => {
  if (missing !== undefined) {
    test.skip(`not here: ${missing}`, () => undefined);
    return;
  }

  let workplace: Workplace;
  let store: SessionStore;
  let table: string;
  let where: string[];

  beforeEach(async () => {
    workplace = createWorkplace();
    table = `cli_${process.pid}_${++tables}`;
    where = ['--connection', connection(workplace), '--table', table];
    expect(await workplace.run(['migrate', ...where])).toMatchObject({ code: 0, stderr: '' });
    ({ store } = await openStore({ connection: connection(workplace), table }));
  });

  afterEach(async () => {
    await store.clear?.();
    await store.close?.();
    if (name === 'PostgreSQL')
      await (await postgresStores[0]?.open(connection(workplace), { space: table }))?.remove();
    workplace.remove();
  });

  const json = async (...parameters: string[]): Promise<unknown> => {
    const { stdout, stderr } = await workplace.run([...parameters, '--json', ...where]);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  test('table: the SQL, or that there is none', async () => {
    const { code, stdout } = await workplace.run(['table', ...where]);
    expect(code).toBe(0);
    if (name === 'Redis') expect(stdout).toContain('has no table of SQL');
    else expect(stdout).toMatch(/^create table if not exists "cli_\d+_\d+" \(id text/);
    expect((await workplace.run(['session:table', ...where])).stdout).toBe(stdout);
  });

  test('stats and list: what is there, for people and for machines', async () => {
    const first = await visit(store, { cart: ['tea'] });
    const second = await visit(store, { cart: ['milk'] }, 'ann');
    expect(await json('stats')).toMatchObject({ live: 2, signedIn: 1, users: 1 });
    expect((await workplace.run(['stats', ...where])).stdout).toMatch(
      /live +2\nsigned in +1, of 1 user\n/,
    );

    const all = (await json('list')) as {
      sessions: { id: string; userId?: string }[];
      hasMore: boolean;
      total: number;
    };
    expect(all.sessions.map(({ id }) => id)).toEqual([second, first]);
    expect(JSON.stringify(all)).not.toContain('milk');
    expect(await json('list', '--user', 'ann')).toMatchObject({
      sessions: [{ id: second, userId: 'ann', ipAddress: '192.0.2.1' }],
    });
    const { stdout, stderr } = await workplace.run(['list', '--limit', '1', ...where]);
    expect(stdout).toMatch(new RegExp(`^ID .*\n${second} .*\n$`));
    expect(stderr).toBe('1 to 1 of 2. Next page: --page 2.\n');
    const next = await workplace.run(['list', '--limit', '1', '--page', '2', ...where]);
    expect(next).toMatchObject({ stdout: expect.stringContaining(first), stderr: '' });
    const beyond = await workplace.run(['list', '--limit', '1', '--page', '3', ...where]);
    expect(beyond).toMatchObject({ code: 0, stdout: '', stderr: 'There are 2 pages.\n' });
  });

  test('list: the last used first, however many there are', async () => {
    const now = Date.now();
    const record = { data: '', createdAt: now, expiresAt: now + 60_000 };
    const ages = [4, 9, 0, 7, 2, 8, 1, 6, 3, 5];
    for (const age of ages) await store.create(`aged-${age}`, { ...record, touchedAt: now - age });
    // A session that has moved is not there any more.
    await store.create('moved', { ...record, createdAt: 0, touchedAt: now });
    for (const page of [1, 2, 3, 4]) {
      const from = (page - 1) * 3;
      expect(await json('list', '--limit', '3', '--page', String(page))).toMatchObject({
        sessions: ages
          .toSorted()
          .slice(from, from + 3)
          .map((age) => ({ id: `aged-${age}` })),
        total: 10,
        page,
        hasMore: page < 4,
      });
    }
  });

  test('change: the keys of one session, and of those of a user', async () => {
    const one = await visit(store, { plan: 'free', cart: ['tea'] });
    const ann = [await visit(store, { plan: 'free' }, 'ann'), await visit(store, {}, 'ann')];
    const plan = ['--set', '{"plan":"pro","limits":{"a":1}}'];
    const none = await workplace.run(['change', one, ...plan, ...where]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes') });
    expect(await json('change', one, ...plan, '--delete', 'cart', '--yes')).toEqual({ changed: 1 });
    expect(await json('show', one)).toMatchObject({ data: { plan: 'pro', limits: { a: 1 } } });
    expect(((await json('show', one)) as { data: object }).data).not.toHaveProperty('cart');
    expect(await json('change', '--user', 'ann', ...plan, '--yes')).toEqual({ changed: 2 });
    for (const id of ann) expect(await json('show', id)).toMatchObject({ data: { plan: 'pro' } });
    expect(await json('change', '--user', 'bob', ...plan, '--yes')).toEqual({ changed: 0 });
    const absent = await workplace.run(['change', 'absent', ...plan, '--yes', ...where]);
    expect(absent).toMatchObject({ code: 3, stderr: expect.stringContaining('npx sojourn list') });
  });

  test('show: what was set aside, with the reason', async () => {
    const id = await visit(store, { cart: 'tea', plan: 'pro' });
    const shape = z.looseObject({ cart: z.array(z.string()).optional() });
    const sessions = createSessions({ store, data: dataSchema(shape, { version: 2 }) });
    await sessions.change(id, (session) => {
      expect(session.get('cart')).toBeUndefined();
      session.set('plan', 'free');
    });
    expect(await json('show', id)).toMatchObject({
      data: { plan: 'free' },
      aside: [{ key: 'cart', value: 'tea', version: 2, reason: expect.any(String) }],
    });
    const { stdout } = await workplace.run(['show', id, ...where]);
    expect(stdout).toMatch(/Set aside at version 2: cart\. Invalid input: .*\n{ cart: 'tea' }/);
  });

  test('show: the data, never the token', async () => {
    const id = await visit(store, { cart: [{ sku: 'tea' }] }, 'ann');
    expect(await json('show', id)).toMatchObject({
      id,
      userId: 'ann',
      data: { cart: [{ sku: 'tea' }] },
    });
    const { stdout } = await workplace.run(['show', id, ...where]);
    expect(stdout).toContain("{ cart: [ { sku: 'tea' } ] }");
    expect(stdout).toMatch(/ends +\d{4}-.*\(in 2h\)/);
    expect(await workplace.run(['show', 'absent', ...where])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('npx sojourn list'),
    });
  });

  test('destroy: one, those of a user, all', async () => {
    const one = await visit(store, { a: 1 });
    const other = await visit(store, { a: 2 });
    await visit(store, { a: 3 }, 'ann');
    await visit(store, { a: 4 }, 'ann');
    expect(await workplace.run(['destroy', one, '--yes', ...where])).toMatchObject({
      code: 0,
      stdout: '1 session ended.\n',
    });
    expect(await workplace.run(['destroy', one, '--yes', ...where])).toMatchObject({ code: 3 });
    const kept = await visit(store, { a: 5 }, 'ann');
    expect(await json('destroy', '--user', 'ann', '--except', kept, '--yes')).toEqual({
      destroyed: 2,
    });
    expect(await store.read(kept)).toBeDefined();
    expect(await json('destroy', '--user', 'ann', '--yes')).toEqual({ destroyed: 1 });
    expect(await workplace.run(['destroy', '--all', ...where])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --yes'),
    });
    expect(await store.read(other)).toBeDefined();
    expect(await json('destroy', '--all', '--yes')).toEqual({ destroyed: 1 });
    expect(await store.read(other)).toBeUndefined();
  });

  test('prune: those that expired ten minutes ago, and no other', async () => {
    const kept = await visit(store, { a: 1 });
    const now = Date.now();
    await store.create('old', {
      data: '',
      createdAt: now - 3_600_000,
      touchedAt: now - 3_600_000,
      expiresAt: now - 600_001,
    });
    await store.create('late', {
      data: '',
      createdAt: now - 3_600_000,
      touchedAt: now - 3_600_000,
      expiresAt: now - 500_000,
    });
    // Redis takes no record whose deadline has passed.
    expect(await json('prune')).toEqual({ pruned: name === 'Redis' ? 0 : 1 });
    expect(await store.read(kept)).toBeDefined();
  });

  test('doctor: the store works, and nothing of the check stays', async () => {
    const { code, stdout } = await workplace.run(['doctor', ...where]);
    expect(stdout).toMatch(/ok +The \w+ store reads and writes/);
    if (name !== 'SQLite') expect(stdout).toMatch(/ok +The clock of the \w+ server agrees/);
    expect(code).toBe(0);
    expect(await store.count?.()).toBe(0);
  });
});

describe('anywhere', () => {
  let workplace: Workplace;
  beforeEach(() => {
    workplace = createWorkplace();
  });
  afterEach(() => workplace.remove());

  test('the help names every command, and each has its own', async () => {
    const { code, stdout } = await workplace.run(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) .* {2}/gm)].map(([, name = '']) => name);
    expect(names).toEqual([
      'init',
      'table',
      'migrate',
      'prune',
      'stats',
      'list',
      'show',
      'change',
      'destroy',
      'copy',
      'move',
      'dashboard',
      'keygen',
      'doctor',
      'report',
    ]);
    for (const name of names) {
      const help = await workplace.run([name, '--help']);
      expect(help).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringContaining(`npx sojourn ${name}`),
      });
    }
    expect((await workplace.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('keygen: a secret that createSessions takes, another each time', async () => {
    const one = (await workplace.run(['keygen'])).stdout.trim();
    expect(one).toMatch(/^[\w-]{43}$/);
    expect((await workplace.run(['keygen'])).stdout.trim()).not.toBe(one);
    const { stdout } = await workplace.run(['doctor', '--connection', 'memory:'], {
      SOJOURN_SECRET: one,
    });
    expect(stdout).not.toContain('secret');
  });

  test('init: a configuration that the others read; never over another one', async () => {
    expect(
      await workplace.run(['init', '--driver', 'sqlite', '--connection', workplace.sqlite]),
    ).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await workplace.run(['migrate'])).toMatchObject({
      code: 0,
      stdout: 'The sqlite store is ready.\n',
      stderr: '',
    });
    expect((await workplace.run(['doctor'])).stdout).toContain('session.config.ts is read');
    const file = join(workplace.folder, 'session.config.ts');
    const before = readFileSync(file, 'utf8');
    expect(await workplace.run(['init', '--driver', 'redis'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(readFileSync(join(workplace.folder, 'session.config.ts'), 'utf8')).toBe(before);
    if (process.platform !== 'win32') {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      chmodSync(file, 0o644);
    }
    expect((await workplace.run(['init', '--driver', 'redis', '--force'])).code).toBe(0);
    expect(readFileSync(join(workplace.folder, 'session.config.ts'), 'utf8')).toContain(
      "connection: 'redis://localhost:6379'",
    );
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('init: without a client it proposes a folder, and says what to install', async () => {
    const options = {
      node: ['--import', new URL('without-clients.js', import.meta.url).href],
      env: { WITHOUT_CLIENTS: 'redis,ioredis,iovalkey,node:sqlite,better-sqlite3,libsql' },
    };
    const remote = await ended(workplace.start(['init', '--driver', 'redis'], options));
    expect(remote.stdout).toContain('1. The driver redis needs a client. Run one of: npm install ');
    const init = ['init', '--yes', '--force', '--json'];
    const { stdout } = await ended(workplace.start(init, options));
    expect(JSON.parse(stdout)).toMatchObject({ driver: 'file' });
    expect(JSON.parse((await workplace.run(init)).stdout)).toMatchObject({ driver: 'sqlite' });
  });

  test('flag over environment over file', async () => {
    const url = (name: string): string => `sqlite:${join(workplace.folder, name)}`;
    writeFileSync(
      join(workplace.folder, 'session.config.mjs'),
      `export default { connection: '${url('file')}' };`,
    );
    const there = async (parameters: string[], env = {}): Promise<string> =>
      (await workplace.run(['stats', ...parameters], env)).stderr;
    expect(await there([])).toContain('no file');
    expect(await there([])).toContain(join(workplace.folder, 'file'));
    expect(await there([], { SOJOURN_CONNECTION: url('environment') })).toContain(
      join(workplace.folder, 'environment'),
    );
    expect(
      await there(['--connection', url('flag')], { SOJOURN_CONNECTION: url('environment') }),
    ).toContain(join(workplace.folder, 'flag'));
  });

  test('a configuration with a driver of its own, by extend', async () => {
    writeFileSync(
      join(workplace.folder, 'session.config.ts'),
      `import { defineConfig, extend } from 'sojourn/config';
       import { sqliteStore } from 'sojourn/stores/sqlite';
       extend('mine', ({ files }) => sqliteStore({ file: files }));
       export default defineConfig({ driver: 'mine', files: ${JSON.stringify(join(workplace.folder, 'own.sqlite'))} });`,
    );
    const run = await ended(workplace.start(['stats']));
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/live +0/), stderr: '' });
  });

  test('table --write: a file that is not overwritten', async () => {
    const where = ['--connection', workplace.sqlite, '--write', 'sessions.sql'];
    expect((await workplace.run(['table', ...where])).code).toBe(0);
    expect(readFileSync(join(workplace.folder, 'sessions.sql'), 'utf8')).toMatch(
      /^create table.*;\n$/s,
    );
    expect(await workplace.run(['table', ...where])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect((await workplace.run(['table', '--force', ...where])).code).toBe(0);
  });

  test('V-15 what a store holds cannot steer the terminal', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    const user = 'ann\u001b]0;owned\u0007\u202e\u009b2J';
    const note = '\u001b[2J\u009b2J\u202e\u{e0001}';
    const id = await visit(store, { note }, user);
    await store.close?.();
    for (const command of [['list'], ['show', id], ['list', '--json'], ['show', id, '--json']]) {
      const { stdout } = await workplace.run([...command, '--connection', workplace.sqlite]);
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(stdout).toContain('\\u001b');
      if (command.length === 3)
        expect(JSON.parse(stdout)).toMatchObject({ userId: user, data: { note } });
    }
    const { stderr } = await workplace.run(['\u009b2J\u202e']);
    expect(stderr).toContain('\\u009b2J\\u202e');
  });

  test('show: encrypted data stays closed; the session can be ended without the secret', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    const now = Date.now();
    await store.create('sealed', {
      data: 'AAECAwQF',
      createdAt: now,
      touchedAt: now,
      expiresAt: now + 60_000,
    });
    await store.close?.();
    const where = ['--connection', workplace.sqlite];
    expect((await workplace.run(['show', 'sealed', ...where])).stdout).toContain('encrypted');
    const env = { SOJOURN_ENCRYPT: 'true', SOJOURN_SECRET: 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi' };
    expect(await workplace.run(['destroy', 'sealed', '--yes', ...where], env)).toMatchObject({
      code: 0,
    });
  });

  test('show, destroy: an id whose token was renewed leads to the session that it became', async () => {
    const { store } = await openStore({ connection: workplace.sqlite });
    const sessions = createSessions<{ views: number }>({
      store,
      rotateAfter: '1ms',
      transport: headerTransport('x-session'),
    });
    const first = await sessions.open({});
    first.set('views', 1);
    const headers = Object.fromEntries((await sessions.commit(first)).headers);
    await expect.poll(() => Date.now()).toBeGreaterThan(first.createdAt + 1);
    const second = await sessions.open(headers);
    await sessions.commit(second);
    expect(second.id).not.toBe(first.id);
    const where = ['--connection', workplace.sqlite];
    expect(await workplace.run(['show', first.id, ...where])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`id +${second.id}\nhandle +${second.handle}\n`),
    });
    expect(await workplace.run(['destroy', first.id, '--yes', ...where])).toMatchObject({
      code: 0,
    });
    expect(await workplace.run(['show', first.id, ...where])).toMatchObject({ code: 3 });
    expect(await workplace.run(['destroy', first.id, '--yes', ...where])).toMatchObject({
      code: 3,
    });
    expect(await store.count?.()).toBe(0);
    await store.close?.();
  });

  test('an id that begins with a dash is no flag', async () => {
    const id = `-${'a'.repeat(42)}`;
    const { store } = await openStore({ connection: workplace.sqlite });
    const now = Date.now();
    await store.create(id, {
      data: '1{"h":"a handle","w":[],"k":[]}\n',
      createdAt: now,
      touchedAt: now,
      expiresAt: now + 60_000,
    });
    await store.close?.();
    expect((await workplace.run(['show', id, '--connection', workplace.sqlite])).stdout).toContain(
      'It has no data.',
    );
  });
});
