import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { SessionStore } from '../../src/stores/contract.js';
import { fileStore } from '../../src/stores/file.js';
import { sqliteAvailable, sqliteStore } from '../../src/stores/sqlite.js';
import { range, recordOf } from './store-under-fault.js';

const disk = mkdtempSync(join(tmpdir(), 'sojourn-full-disk-'));
const canMount =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'sojourn-test', disk]).status === 0;

afterAll(() => {
  if (canMount) spawnSync('umount', ['--lazy', disk]);
  rmdirSync(disk);
});
beforeEach(async () => {
  for (const name of await readdir(disk)) await rm(join(disk, name), { recursive: true });
});

const STORES: readonly { name: string; open: () => SessionStore; isMissing: boolean }[] = [
  { name: 'file', open: () => fileStore({ directory: join(disk, 'sessions') }), isMissing: false },
  {
    name: 'sqlite',
    open: () => sqliteStore({ file: join(disk, 'sessions.sqlite') }),
    isMissing: !sqliteAvailable(),
  },
];

describe.skipIf(!canMount).for(STORES)(
  `F-14 $name on a full disk${canMount ? '' : ' (no disk can be mounted here)'}`,
  (each) => {
    test.skipIf(each.isMissing)(
      'writes reject, what was there stays and is read, and all is well once there is room',
      async () => {
        await writeFile(join(disk, 'ballast'), 'x'.repeat(1_000_000));
        const store = each.open();
        onTestFinished(() => store.close?.());
        const content = (index: number): string => `${index}`.repeat(20_000);
        const versions: unknown[] = [];
        let refused: unknown;
        for (let index = 0; index < 1000 && refused === undefined; index++) {
          const version = await store
            .create(`id-${index}`, recordOf(content(index)))
            .catch((error) => {
              refused = error;
            });
          if (refused === undefined) versions.push(version);
        }
        expect(refused).toBeInstanceOf(Error);
        expect(versions.length).toBeGreaterThan(5);

        await expect(
          store.update('id-0', recordOf('new'.repeat(50_000)), versions[0]),
        ).rejects.toThrow();
        for (const index of range(versions.length))
          expect((await store.read(`id-${index}`))?.record.data).toBe(content(index));
        expect(await store.read(`id-${versions.length}`)).toBeUndefined();

        await unlink(join(disk, 'ballast'));
        expect(await store.create('after', recordOf('room again'))).toBeDefined();
        expect((await store.read('after'))?.record.data).toBe('room again');
      },
    );
  },
);
