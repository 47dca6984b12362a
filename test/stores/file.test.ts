import { once } from 'node:events';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionRecord } from '../../src/stores/contract.js';
import { fileStore } from '../../src/stores/file.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { idsIn } from '../entries.js';
import { expectExactIncrements } from './increments.js';

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sojourn-file-'));
  directory = join(parent, 'made', 'sessions');
});
afterEach(() => rm(parent, { recursive: true }));

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return {
    data: '{"views":1}',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
    ...fields,
  };
}

/** Every file and folder below `folder`. */
async function below(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
}

async function files(folder: string): Promise<string[]> {
  const paths = await below(folder);
  const stats = await Promise.all(paths.map((path) => stat(path)));
  return paths.filter((_, index) => stats[index]?.isFile());
}

/** The file that holds the data of the only session. */
async function contentFile(): Promise<string> {
  const content = (await files(directory)).find((path) => !basename(path).includes('_'));
  if (content === undefined) throw new Error('there is no content');
  return content;
}

describe.each([{ durable: false }, { durable: true }])(
  'the contract, durable: $durable',
  ({ durable }) => {
    storeSuite({
      test,
      rounds: durable ? 5 : undefined,
      differences: { close: 'holds nothing open' },
      createStore: async ({ now }) => ({
        store: fileStore({ directory, now, durable }),
        second: fileStore({ directory, now, durable }),
      }),
    });
  },
);

test('V-02 three processes increment one number while sweeps go on: none is lost', async () => {
  const store = fileStore({ directory });
  let sweeping = true;
  const sweeps = (async () => {
    while (sweeping) await store.prune?.(Date.now(), 100);
  })();
  await expectExactIncrements(store, { kind: 'file', path: directory });
  sweeping = false;
  await sweeps;
});

test('V-14 hostile ids touch nothing outside the folder; names are hashes, modes 0700 and 0600', async () => {
  const store = fileStore({ directory });
  await writeFile(join(parent, 'outside'), 'untouched');
  const before = await stat(join(parent, 'outside'));
  const ids = [
    '../../outside',
    '/outside',
    join(parent, 'outside'),
    '..',
    '%2e%2e%2foutside',
    'a\0b',
    'CON',
    'x.',
    'y'.repeat(300),
  ];
  for (const id of ids) {
    const version = await store.create(id, record());
    await store.update(id, record({ data: id }), version ?? '');
    await store.touch(id, Date.now() + 7_200_000, Date.now());
    expect((await store.read(id))?.record.data).toBe(id);
  }
  expect(await store.count?.()).toBe(ids.length);
  expect(await readdir(parent)).toEqual(['made', 'outside']);
  expect(await stat(join(parent, 'outside'))).toEqual(before);
  for (const path of [directory, ...(await below(directory))]) {
    const stats = await stat(path);
    expect(stats.mode & 0o777).toBe(stats.isDirectory() ? 0o700 : 0o600);
    if (path !== directory)
      expect(basename(path)).toMatch(/^([0-9a-f]{2}|[0-9a-f]{64}|[0-9a-f-]{36}(_\d+_\d+_\d+)?)$/);
  }
  for (const id of ids) expect(await store.destroy(id)).toBe(true);
  expect(await files(directory)).toEqual([]);
});

test('V-14 a symbolic link in place of a content is not followed', async () => {
  const store = fileStore({ directory });
  await store.create('a', record({ data: 'own' }));
  const content = await contentFile();
  const planted = join(parent, 'planted');
  await writeFile(planted, JSON.stringify({ id: 'a', data: 'planted', createdAt: 1 }));
  await rm(content);
  await symlink(planted, content);
  expect(await store.read('a')).toBeUndefined();
});

test.each([
  '',
  '{',
  '{"id":"a","data":"cut',
  'null',
  '[]',
  '{"id":"b","data":"of another","createdAt":1}',
  '\0\0\0\0',
  '{"id":"a"}',
])('V-13 a damaged content reads as absent, and can be destroyed: %j', async (text) => {
  const store = fileStore({ directory });
  await store.create('a', record());
  await writeFile(await contentFile(), text);
  expect(await store.read('a')).toBeUndefined();
  expect(await idsIn(store)).toEqual([]);
  expect(await store.destroy('a')).toBe(true);
  expect(await store.create('a', record())).toBeDefined();
  expect(await store.read('a')).toBeDefined();
});

test('a page of a list looks into a hundred folders, so its time does not grow with the store', async () => {
  const store = fileStore({ directory });
  await Promise.all(
    Array.from({ length: 450 }, (_, index) => store.create(`${index}`, record({ userId: 'many' }))),
  );
  await store.create('one', record({ userId: 'ada' }));
  const pages: number[] = [];
  let after: string | undefined;
  do {
    const page = await store.byUser?.('ada', { after, limit: 10 });
    pages.push(page?.entries.length ?? 0);
    after = page?.next;
  } while (after !== undefined);
  expect(pages).toHaveLength(5);
  expect(pages.filter((found) => found > 0)).toEqual([1]);
  const first = await store.list?.({ limit: 1000 });
  expect(first?.entries).toHaveLength(100);
});

describe('a folder that others could have filled', () => {
  const isRoot = process.getuid?.() === 0;
  const nobody = 65_534;

  test.skipIf(!isRoot)('of another user is refused by every verb', async () => {
    await fileStore({ directory }).create('a', record());
    await chown(directory, nobody, nobody);
    const store = fileStore({ directory });
    const refused = { code: 'invalid-option', message: expect.stringContaining('another user') };
    for (const verb of [
      () => store.read('a'),
      () => store.create('b', record()),
      () => store.update('a', record(), 'v'),
      () => store.touch('a', 1, 1),
      () => store.destroy('a'),
      () => store.byUser?.('u', { limit: 1 }),
      () => store.list?.({ limit: 1 }),
      () => store.count?.(),
      () => store.prune?.(1, 1),
      () => store.clear?.(),
      () => store.migrate?.(),
    ])
      await expect(verb()).rejects.toMatchObject(refused);
    await chown(directory, 0, 0);
    expect(await store.read('a')).toBeDefined();
  });

  test.skipIf(!isRoot)('behind a link of another user is refused', async () => {
    const real = join(parent, 'real');
    await fileStore({ directory: real }).create('a', record());
    const link = join(parent, 'link');
    await symlink(real, link);
    expect(await fileStore({ directory: link }).read('a')).toBeDefined();
    await lchown(link, nobody, nobody);
    await expect(fileStore({ directory: link }).read('a')).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });

  test('that every user may write to is put aside, and nothing in it counts', async () => {
    await fileStore({ directory }).create('planted', record({ userId: 'admin' }));
    await chmod(directory, 0o777);
    const warned = once(process, 'warning');
    const store = fileStore({ directory });
    expect(await store.read('planted')).toBeUndefined();
    expect((await warned)[0]).toMatchObject({ code: 'SOJOURN_FILE_STORE' });
    expect(await store.create('a', record())).toBeDefined();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await idsIn(store)).toEqual(['a']);
  });

  test('that every user may write to, with files of others in it, is refused and stays', async () => {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o1777);
    await writeFile(join(directory, 'notes'), '');
    const store = fileStore({ directory });
    await expect(store.create('a', record())).rejects.toMatchObject({ code: 'invalid-option' });
    expect(await readdir(directory)).toEqual(['notes']);
  });
});

test('clear and prune leave files of others in the folder alone', async () => {
  const store = fileStore({ directory });
  await store.create('a', record());
  await mkdir(join(directory, 'other', 'aa'), { recursive: true });
  await writeFile(join(directory, 'other', 'aa', 'file'), '');
  await writeFile(join(directory, 'notes'), '');
  await store.prune?.(Date.now(), 10);
  await store.clear?.();
  expect((await files(directory)).sort()).toEqual([
    join(directory, 'notes'),
    join(directory, 'other', 'aa', 'file'),
  ]);
});

test('a backend that cannot be used is a rejection, not an absence', async () => {
  await mkdir(join(parent, 'made'));
  await writeFile(directory, 'a file where the folder should be');
  const store = fileStore({ directory });
  await expect(store.read('a')).rejects.toThrow('ENOTDIR');
  await expect(store.create('a', record())).rejects.toThrow();
  await expect(store.destroy('a')).rejects.toThrow('ENOTDIR');
});
