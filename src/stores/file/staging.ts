import { dirname, join } from 'node:path';
import { listNames, makeFolderIn, move, moveFolder, syncFolder, writeText } from './disk.js';
import { type Head, headName, removeFiles } from './folder.js';

/** The names of folders that are being filled, or taken away. */
export const STAGED: RegExp = /^[0-9a-f-]{36}(\.swept)?$/;
const SWEPT = '.swept';

/**
 * Makes a session's folder in one step: fills one beside it, under a name that nobody reads, and
 * renames it. `'taken'` when there is a folder with something in it, `'absent'` when a sweep took
 * the new one for an orphan.
 */
export async function publish(
  folder: string,
  content: string,
  head: Omit<Head, 'name'>,
  durable: boolean,
): Promise<'moved' | 'taken' | 'absent'> {
  const shard = dirname(folder);
  const staged = join(shard, head.version);
  let outcome: 'moved' | 'taken' | 'absent' = 'absent';
  try {
    await makeFolderIn(staged);
    const complete =
      (await writeText(join(staged, head.version), content, durable)) &&
      (await writeText(join(staged, headName(head)), '', durable));
    if (complete && durable) await syncFolder(staged);
    if (complete) outcome = await moveFolder(staged, folder);
  } finally {
    if (outcome !== 'moved') await removeFiles(staged, await listNames(staged));
  }
  if (durable && outcome === 'moved') {
    await syncFolder(shard);
    await syncFolder(dirname(shard));
  }
  return outcome;
}

/** Deletes a folder that {@link publish} left behind. */
export async function removeStaged(staged: string): Promise<void> {
  const swept = staged.endsWith(SWEPT) ? staged : `${staged}${SWEPT}`;
  // Taken away first: a process that is still filling it must not publish what is left of it.
  if (swept === staged || (await move(staged, swept)))
    await removeFiles(swept, await listNames(swept));
}
