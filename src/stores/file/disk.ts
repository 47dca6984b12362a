import * as fs from 'node:fs';
import { mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

// Reading through a FileHandle costs twice as much.
const openNumber = promisify(fs.open);
const readNumber = promisify(fs.readFile);
const closeNumber = promisify(fs.close);
// Windows has no such flag; there, making a link needs a privilege.
const READ = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0);

/** Names in a folder; none when it is absent. */
export async function listNames(folder: string): Promise<string[]> {
  return (await unless(['ENOENT'], readdir(folder))) ?? [];
}

/** The text of a file; `undefined` when it is absent. Symbolic links are refused. */
export async function readText(path: string): Promise<string | undefined> {
  const file = await unless(['ENOENT', 'ELOOP'], openNumber(path, READ));
  if (file === undefined) return undefined;
  try {
    return await readNumber(file, 'utf8');
  } finally {
    await closeNumber(file);
  }
}

/** Makes a new file, whole or not at all; `false` when its folder is absent. */
export async function writeText(path: string, text: string, durable: boolean): Promise<boolean> {
  const file = await unless(['ENOENT'], open(path, 'wx', 0o600));
  if (file === undefined) return false;
  let complete = false;
  try {
    if (text !== '') await file.writeFile(text);
    if (durable) await file.sync();
    complete = true;
  } finally {
    await file.close();
    if (!complete) await remove(path);
  }
  return true;
}

/** Makes a folder and those above it, for this user only. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Makes a folder inside one that mostly exists. */
export async function makeFolderIn(folder: string): Promise<void> {
  const parent = dirname(folder);
  await mkdir(folder, 0o700).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeFolder(parent);
    await mkdir(folder, 0o700);
  });
}

/** Renames a file or folder; `false` when `from` is absent. */
export async function move(from: string, to: string): Promise<boolean> {
  return (
    (await unless(
      ['ENOENT'],
      patiently(() => rename(from, to).then(() => true)),
    )) ?? false
  );
}

/**
 * Renames a folder to a name that is free or an empty folder's; `'taken'` when it is neither,
 * `'absent'` when `from` is not there.
 */
export async function moveFolder(from: string, to: string): Promise<'moved' | 'taken' | 'absent'> {
  try {
    return (await move(from, to)) ? 'moved' : 'absent';
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) return 'taken';
    // Windows does not tell a name that is taken from a folder that is in use.
    if (isBusy(error) && (await listNames(to)).length > 0) return 'taken';
    throw error;
  }
}

/** Deletes a file; `false` when it is absent. */
export async function remove(path: string): Promise<boolean> {
  return (
    (await unless(
      ['ENOENT'],
      patiently(() => unlink(path).then(() => true)),
    )) ?? false
  );
}

/** Deletes a folder when it is empty. */
export async function removeEmptyFolder(folder: string): Promise<void> {
  await unless(
    ['ENOENT', 'ENOTEMPTY', 'EEXIST', ...(process.platform === 'win32' ? BUSY : [])],
    rmdir(folder),
  );
}

/** Makes what was created, renamed and deleted in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can neither open nor flush a folder; NTFS journals the names itself.
  if (process.platform === 'win32') return;
  const handle = await unless(['ENOENT'], open(folder));
  // Deleted meanwhile: what remains to be made safe is its name in the folder above.
  if (handle === undefined) return syncFolder(dirname(folder));
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const BUSY = ['EPERM', 'EACCES', 'EBUSY'];

function isBusy(error: unknown): boolean {
  return process.platform === 'win32' && BUSY.includes(codeOf(error));
}

/**
 * On Windows a virus scanner or an indexer may hold a file for a moment: tries again for at most
 * 0.6 s.
 */
async function patiently<Result>(action: () => Promise<Result>): Promise<Result> {
  for (let pause = 5; ; pause *= 2) {
    try {
      return await action();
    } catch (error) {
      if (!isBusy(error) || pause > 320) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

async function unless<Result>(
  codes: readonly string[],
  action: Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await action;
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
