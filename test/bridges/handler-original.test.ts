import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fileStore } from '../../src/stores/file.js';
import { sqliteStore } from '../../src/stores/sqlite.js';
import { createClient } from '../../src/testing/client.js';
import { answersOf, browseOriginal, startOriginal } from '../dialects/ostro-app.js';
import type { Place } from '../processes/open-store.js';

/** The real @ostro/session 1.0.10 over stores of ours, in a process of its own. */
describe.each(['sqlite', 'file'] as const)('@ostro/session 1.0.10 over the %s store', (kind) => {
  test('keeps its sessions there, also when it starts again', async () => {
    const place = newPlace(kind);
    const first = await startOriginal({ app: 'pages', place });
    const client = createClient(first);
    try {
      expect(await answersOf(client, ['/put/name/Ada', '/get/name'])).toEqual([null, 'Ada']);
    } finally {
      await first.stop();
    }
    const { origin } = await browseOriginal({ app: 'pages', place });
    const later = createClient({ origin });
    const cookie = `ostro_session=${client.cookies.get('ostro_session')}`;
    expect(await (await later.get('/get/name', { headers: { cookie } })).json()).toBe('Ada');
  });

  test('a session ends at its deadline, which the original never asks for', async () => {
    const place = newPlace(kind);
    const client = await browseOriginal({ app: 'pages', place, handler: { lifetime: '1ms' } });
    expect(await answersOf(client, ['/put/name/Ada', '/wait', '/get/name'])).toEqual([
      null,
      null,
      null,
    ]);
    const original = await browseOriginal({ app: 'pages', config: { lifetime: 0.00001 } });
    const [setCookie = ''] = (await original.get('/put/name/Ada')).headers.getSetCookie();
    await original.get('/wait');
    const late = await original.get('/get/name', {
      headers: { cookie: setCookie.split(';')[0] ?? '' },
    });
    expect(await late.json()).toBe('Ada');
  });

  test('the lottery sweeps the store', async () => {
    const place = newPlace(kind);
    const client = await browseOriginal({
      app: 'pages',
      place,
      config: { lottery: [1, 1] },
    });
    const store =
      kind === 'sqlite' ? sqliteStore({ file: place.path }) : fileStore({ directory: place.path });
    onTestFinished(() => store.close?.());
    // The sweep keeps an hour for servers whose clocks differ.
    const over = Date.now() - 2 * 3_600_000;
    const record = { data: '', createdAt: over - 1000, touchedAt: over - 1000, expiresAt: over };
    for (const id of ['a', 'b', 'c']) await store.create(id, record);
    for (let visit = 0; visit < 3; visit++)
      await createClient({ origin: client.origin }).get('/wait');
    expect(await store.prune?.(over, 1000)).toBe(0);
  });
});

describe('where the defects of @ostro/session 1.0.10 do not allow it', () => {
  test('a driver registered with extend never starts', async () => {
    const started = startOriginal({ app: 'pages', config: { driver: 'mongo' }, extend: 'mongo' });
    await expect(started).rejects.toThrow('ReferenceError: $driver is not defined');
  });

  test('once it is loaded, a store over SQL cannot be made any more: make it before', () => {
    const script = "require('@ostro/session'); console.log('a.b'.replaceAll('.', '-'))";
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('---\n');
  });

  test('V-24: a store that cannot be read once is taken for an empty session, which is stored over the real one', async () => {
    const place = newPlace('sqlite');
    const fault = `${place.path}.fault`;
    const client = await browseOriginal({ app: 'pages', place, fault });
    expect(await answersOf(client, ['/put/name/Ada'])).toEqual([null]);
    writeFileSync(fault, '');
    expect(await answersOf(client, ['/get/name', '/get/name'])).toEqual([null, null]);
  });

  test('V-02: of two requests at once, the one that is stored later undoes the other', async () => {
    const client = await browseOriginal({ app: 'pages', place: newPlace('sqlite') });
    await client.get('/put/name/Ada');
    await Promise.all([
      client.get('/with-another/put/one/1'),
      client.get('/with-another/put/two/2'),
    ]);
    const [one, two] = await answersOf(client, ['/get/one', '/get/two']);
    expect([one, two].filter((value) => value === null)).toHaveLength(1);
  });

  test('what is put before a 404 is not stored', async () => {
    const client = await browseOriginal({ app: 'pages', place: newPlace('sqlite') });
    expect(
      await answersOf(client, ['/put/name/Ada', '/not-found/put/name/Grace', '/get/name']),
    ).toEqual([null, null, 'Ada']);
  });
});

function newPlace(kind: Place['kind']): Place {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-ostro-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { kind, path: kind === 'sqlite' ? join(folder, 'sessions.sqlite') : folder };
}
