import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/config/drivers.js';
import type { SessionRecord, SessionStore } from '../../src/index.js';
import { postgresStores } from '../remote-stores/postgres.js';
import { sharedServer } from '../servers.js';
import { createWorkplace, ended, visit, type Workplace } from './cli.js';

const redis = await sharedServer('redis');
const postgres = await sharedServer('postgres');

let workplace: Workplace;
let source: SessionStore;
let target: SessionStore;
let urls: string[];

beforeEach(async () => {
  workplace = createWorkplace();
  const [from, to] = ['from.sqlite', 'to.sqlite'].map(
    (name) => `sqlite:${join(workplace.folder, name)}`,
  ) as [string, string];
  ({ store: source } = await openStore({ connection: from }));
  ({ store: target } = await openStore({ connection: to }));
  urls = ['--from', from, '--to', to];
});

afterEach(async () => {
  await source.close?.();
  await target.close?.();
  workplace.remove();
});

async function copy(...parameters: string[]): Promise<unknown> {
  const { stdout, stderr } = await workplace.run(['copy', ...urls, '--json', ...parameters]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  const now = Date.now();
  return {
    data: '1{"c":[],"k":[]}\n',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
    ...fields,
  };
}

test('every field of every session, and nothing twice', async () => {
  const id = await visit(source, { cart: ['tea'] }, 'ann');
  await source.create('a', record({ data: 'any text \u0000 \ud800' }));
  expect(await copy()).toMatchObject({
    source: 2,
    target: 2,
    created: 2,
    updated: 0,
    ended: 0,
    missing: [],
  });
  for (const key of [id, 'a'])
    expect((await target.read(key))?.record).toEqual((await source.read(key))?.record);
  expect(await copy()).toMatchObject({ source: 2, target: 2, created: 0, updated: 0 });
});

test('a second run brings what changed at the source, and leaves what is newer in the target', async () => {
  const first = record();
  for (const id of ['same', 'changed', 'used']) await source.create(id, first);
  await copy();

  const changed = await source.read('changed');
  await source.update(
    'changed',
    { ...first, data: 'later', touchedAt: first.touchedAt + 5 },
    changed?.version,
  );
  const used = await target.read('used');
  await target.update(
    'used',
    { ...first, data: 'of the new server', touchedAt: first.touchedAt + 5 },
    used?.version,
  );
  await source.create('new', record());

  expect(await copy()).toMatchObject({ source: 4, target: 4, created: 1, updated: 1, ended: 0 });
  expect((await target.read('changed'))?.record.data).toBe('later');
  expect((await target.read('used'))?.record.data).toBe('of the new server');
});

test('two changes within one millisecond are told apart', async () => {
  const first = record();
  await source.create('a', first);
  await copy();
  await source.update('a', { ...first, data: 'again' }, (await source.read('a'))?.version);
  expect(await copy()).toMatchObject({ updated: 1 });
  expect((await target.read('a'))?.record.data).toBe('again');
});

test('V-05 who signed out at the source after a copy is not signed in at the target by it', async () => {
  const now = Date.now();
  for (const id of ['stays', 'signs out', 'goes on']) await source.create(id, record());
  await target.create('of the new server', record());
  await copy();
  await source.destroy('signs out');
  await source.destroy('goes on');
  await target.touch('goes on', now + 3_600_000, now + 60_000);
  expect(await copy()).toMatchObject({ source: 1, target: 1, ended: 1 });
  expect(await target.read('signs out')).toBeUndefined();
  expect(await target.read('goes on')).toBeDefined();
  expect(await target.read('of the new server')).toBeDefined();
});

test('V-05 who signed out at the target after a copy is not signed in again by the next', async () => {
  for (const id of ['stays', 'signs out']) await source.create(id, record());
  await copy();
  await target.destroy('signs out');
  await source.touch('signs out', Date.now() + 3_600_000, Date.now() + 60_000);
  expect(await copy()).toMatchObject({
    source: 2,
    target: 1,
    created: 0,
    endedThere: 1,
    missing: [],
  });
  expect(await target.read('signs out')).toBeUndefined();
});

test('a copy that a crash cut off is made again', async () => {
  for (const id of ['begun, done', 'begun']) await source.create(id, record());
  const ledger = join(workplace.folder, 'ledger');
  writeFileSync(ledger, '\n["begun, done",1]\n["begun, done"]\n["begun",1]\n["beg');
  expect(await copy('--ledger', ledger)).toMatchObject({ created: 1, endedThere: 1 });
  expect(await target.read('begun')).toBeDefined();
});

test('the ledger is private, and needed for the last run only', async () => {
  await source.create('a', record());
  const ledger = join(workplace.folder, 'ledger');
  await copy('--ledger', ledger);
  expect(existsSync(ledger)).toBe(true);
  expect(statSync(ledger).mode & 0o777).toBe(0o600);
  expect(readdirSync(workplace.folder).filter((name) => name.startsWith('.sojourn-copy-'))).toEqual(
    [],
  );
});

test('Ctrl-C leaves a state that the same command goes on from', async () => {
  const ids = Array.from({ length: 3000 }, (_, index) => `id-${index}`);
  for (const id of ids) await source.create(id, record());
  const child = workplace.start(['copy', ...urls]);
  const run = ended(child);
  await expect.poll(() => target.count?.(), { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
  child.kill('SIGINT');
  const { code, stderr } = await run;
  const copied = Number(await target.count?.());
  // A fast machine may be through before the signal arrives.
  if (code !== 0) {
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringContaining('Run the same command to continue'),
    });
    expect(copied).toBeLessThan(ids.length);
  }
  expect(await copy()).toMatchObject({
    source: ids.length,
    target: ids.length,
    created: ids.length - copied,
  });
});

test('servers may go on writing to the source: a third process increments all the while', async () => {
  await source.create('busy', record({ data: '0' }));
  const child = workplace.start(['copy', ...urls]);
  const closed = once(child, 'close');
  let isRunning = true;
  const end = closed.then(() => {
    isRunning = false;
  });
  let writes = 0;
  for (; isRunning; writes++) {
    const found = await source.read('busy');
    await source.update('busy', record({ data: String(writes) }), found?.version);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await end;
  expect((await closed)[0]).toBe(0);
  await copy();
  expect((await target.read('busy'))?.record.data).toBe(String(writes - 1));
});

describe.skipIf(!redis.available || !postgres.available)('between servers', () => {
  test('SQLite to Redis to PostgreSQL', async () => {
    const table = `copy_${process.pid}`;
    const connections = [
      urls[1] ?? '',
      redis.available ? redis.url : '',
      postgres.available ? postgres.url : '',
    ];
    const ids = Array.from({ length: 100 }, (_, index) => `${table}-${index}`);
    const from = await openStore({ connection: connections[0], table });
    for (const id of ids) await from.store.create(id, record({ userId: id }));
    await from.store.close?.();
    await workplace.run(['migrate', '--connection', connections[2] ?? '', '--table', table]);
    for (const [index, connection] of connections.slice(1).entries()) {
      const { code, stdout } = await workplace.run([
        'copy',
        '--from',
        connections[index] ?? '',
        '--to',
        connection,
        '--table',
        table,
      ]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining('Verified: 100 of 100 sessions'),
      });
    }
    for (const connection of connections.slice(1)) {
      const { store } = await openStore({ connection, table });
      expect(await store.count?.()).toBe(100);
      await store.clear?.();
      await store.close?.();
    }
    await (await postgresStores[0]?.open(connections[2] ?? '', { space: table }))?.remove();
  });
});
