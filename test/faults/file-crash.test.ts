import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileStore } from '../../src/stores/file.js';
import { checkedData, numberOf } from '../processes/checked-data.js';
import { recordOf } from '../processes/open-store.js';
import { kill, scriptPath, start } from '../processes/run.js';

const long = process.env.SOJOURN_LONG === '1';

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sojourn-crash-'));
  directory = join(parent, 'sessions');
});
afterEach(() => rm(parent, { recursive: true }));

/** The names in each session's folder, and whatever else lies beside them. */
async function folders(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const shard of await readdir(directory)) {
    for (const name of await readdir(join(directory, shard)))
      found.set(name, await readdir(join(directory, shard, name)));
  }
  return found;
}

/** Fails unless there are `sessions` folders of one head and one content each, and nothing else. */
async function expectTidy(sessions: number): Promise<void> {
  const found = [...(await folders())];
  expect(found.length).toBe(sessions);
  for (const [name, names] of found) {
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    const [content, head] = names.sort();
    expect(names.length).toBe(2);
    expect(head?.startsWith(`${content}_`)).toBe(true);
  }
}

test('F-12 a writer is killed again and again: no record is lost, torn or set back, and a sweep leaves no orphan', async () => {
  const kills = long ? 500 : 40;
  const store = fileStore({ directory });
  await store.create('steady', recordOf(checkedData(0)));
  let highest = 0;
  let reads = 0;
  for (let killed = 0; killed < kills; killed++) {
    const child = await start('write-forever.js', {
      place: { kind: 'file', path: directory },
      id: 'steady',
    });
    const lastRead = reads + 10 + ((killed * 7) % 60);
    let dead: Promise<void> | undefined;
    // Killed at another moment of its work each time, while reads go on.
    while (reads < lastRead + 10 || (long && reads < ((killed + 1) * 100_000) / kills)) {
      if (reads >= lastRead) dead ??= kill(child);
      const stored = await store.read('steady');
      const number = numberOf(stored?.record.data ?? 'nothing');
      expect(number).toBeGreaterThanOrEqual(highest);
      highest = number;
      const passing = await store.read(`steady-${reads % 5}`);
      if (passing !== undefined) numberOf(passing.record.data);
      reads++;
    }
    await dead;
  }
  expect(highest).toBeGreaterThan(0);
  await store.prune?.(Date.now(), Number.POSITIVE_INFINITY);
  await expectTidy((await store.count?.()) ?? -1);
});

test('F-12 what a killed process left at each step is swept, and a slow writer is not harmed by the sweep', async () => {
  const store = fileStore({ directory });
  const version = (await store.create('a', recordOf('kept'))) ?? '';
  const [[hash = ''] = []] = await folders();
  const shard = join(directory, hash.slice(0, 2));
  // Killed in update, before its rename; in destroy, after its unlink; in create, at three steps;
  // in a sweep.
  await writeFile(join(shard, hash, '00000000-0000-4000-8000-000000000000'), 'not yet current');
  await mkdir(join(shard, hash.replace(/^(..)../, '$1ff')));
  await writeFile(
    join(shard, hash.replace(/^(..)../, '$1ff'), '00000000-0000-4000-8000-000000000001'),
    'no longer current',
  );
  for (const name of ['2', '3', '4.swept'])
    await mkdir(join(shard, `00000000-0000-4000-8000-00000000000${name}`));
  await writeFile(
    join(shard, '00000000-0000-4000-8000-000000000003', 'content'),
    'not yet published',
  );
  const slow = Array.from({ length: 20 }, (_, index) =>
    store.create(`b${index}`, recordOf('created during the sweep')),
  );
  const update = store.update('a', recordOf('updated during the sweep'), version);
  await store.prune?.(Date.now(), Number.POSITIVE_INFINITY);
  for (const created of await Promise.all(slow)) expect(created).toBeDefined();
  expect(await update).toBeDefined();
  expect((await store.read('a'))?.record.data).toBe('updated during the sweep');
  for (let index = 0; index < 20; index++) {
    expect((await store.read(`b${index}`))?.record.data).toBe('created during the sweep');
  }
  await store.prune?.(Date.now(), Number.POSITIVE_INFINITY);
  await expectTidy(21);
});

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

test.skipIf(!canTrace)(
  `F-13 durable: content, fsync, rename, fsync of the folder${canTrace ? '' : ' (strace is not usable here)'}`,
  async () => {
    const trace = join(parent, 'trace');
    const argument = {
      place: { kind: 'file', path: directory, durable: true },
      id: 'a',
      sizes: Array(20).fill(5000),
      destroy: true,
    };
    const script = [scriptPath('write-once.js'), JSON.stringify(argument)];
    const calls = 'trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat';
    const { status, stderr } = spawnSync('strace', [
      '-f',
      '-y',
      '-s',
      '4000',
      '-e',
      calls,
      '-o',
      trace,
      process.execPath,
      ...script,
    ]);
    expect(stderr.toString()).toBe('');
    expect(status).toBe(0);
    const steps = parseTrace(await readFile(trace, 'utf8'));
    const renames = steps.filter(({ call }) => call === 'rename');
    expect(renames.length).toBe(21);
    for (const [index, step] of steps.entries()) {
      if (step.call === 'unlink' && basename(step.path).includes('_')) {
        expect(steps[index + 1]).toEqual({
          call: 'fsync',
          path: dirname(step.path),
          to: undefined,
        });
      }
      if (step.call !== 'rename') continue;
      // A session's folder when it is created, its head when it is updated; the content has the
      // name of the version.
      const isHead = basename(step.to ?? '').includes('_');
      const content = isHead
        ? join(dirname(step.path), basename(step.to ?? '').split('_')[0] ?? '')
        : join(step.path, basename(step.path));
      const before = steps.slice(0, index);
      const written = before.findLastIndex(
        ({ call, path }) => call === 'write' && path === content,
      );
      const flushed = before.findLastIndex(
        ({ call, path }) => call === 'fsync' && path === content,
      );
      expect(written).toBeGreaterThanOrEqual(0);
      expect(flushed).toBeGreaterThan(written);
      if (!isHead) expect(before.at(-1)).toEqual({ call: 'fsync', path: step.path, to: undefined });
      expect(steps[index + 1]).toEqual({
        call: 'fsync',
        path: dirname(step.to ?? ''),
        to: undefined,
      });
    }
  },
);

interface Step {
  call: 'write' | 'fsync' | 'rename' | 'unlink';
  path: string;
  to: string | undefined;
}

/** The calls on files of the store, in the order they were begun. */
function parseTrace(trace: string): Step[] {
  return trace.split('\n').flatMap((line): Step[] => {
    const [, call = '', rest = ''] = /^\d+ +(\w+)\((.*)/.exec(line) ?? [];
    const paths = [...rest.matchAll(/<([^<>]+)>|"([^"]*)"/g)].map(
      ([, ofNumber, named]) => ofNumber ?? named ?? '',
    );
    const [path = '', to] = paths.filter((each) => each.startsWith(directory));
    if (path === '') return [];
    if (/^p?write/.test(call)) return [{ call: 'write', path, to: undefined }];
    if (/^f(data)?sync/.test(call)) return [{ call: 'fsync', path, to: undefined }];
    if (call.startsWith('rename')) return [{ call: 'rename', path, to }];
    return [{ call: 'unlink', path, to: undefined }];
  });
}

test('F-14 a write that the disk cuts short is a rejection: the content before it stays, no part of the new one does', async () => {
  const argument = {
    place: { kind: 'file', path: directory },
    id: 'a',
    sizes: [1000, 500_000],
    destroy: false,
  };
  const script = `ulimit -f 16; exec "$0" "$@"`;
  const { stdout, stderr } = spawnSync('sh', [
    '-c',
    script,
    process.execPath,
    scriptPath('write-once.js'),
    JSON.stringify(argument),
  ]);
  expect(stderr.toString()).toBe('');
  expect(stdout.toString()).toBe('EFBIG\n');
  const stored = await fileStore({ directory }).read('a');
  expect(stored?.record.data).toBe('x'.repeat(1000));
  await expectTidy(1);
});
