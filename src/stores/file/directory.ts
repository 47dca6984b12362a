import { randomUUID } from 'node:crypto';
import { lstat, readdir, rename, stat } from 'node:fs/promises';
import { SessionError } from '../../core/errors.js';
import { distrustOf, isWritableByAll } from '../disk/trust.js';
import { makeFolder } from './disk.js';

/** The names of the folders that sessions are spread over. */
export const SHARD: RegExp = /^[0-9a-f]{2}$/;

/**
 * Fails unless the folder is absent, or only this user and root could have put sessions there. One
 * that every user may write to, with nothing but sessions in it, is put aside if the system allows
 * it: nobody can tell who wrote them.
 * @throws `invalid-option` when another user could have put a session there.
 */
export async function checkDirectory(directory: string): Promise<'present' | 'absent'> {
  const { reason, isOpenToAll } = await judge(directory);
  if (reason === undefined) return isOpenToAll === undefined ? 'absent' : 'present';
  if (isOpenToAll && (await putAside(directory))) return 'absent';
  throw new SessionError(
    'invalid-option',
    `The folder ${directory} ${reason}, who could forge sessions there. Give the file store a folder of its own, with mode 0700, that belongs to the user who runs the server.`,
  );
}

/** Makes the folder when it is missing, and checks it. */
export async function makeDirectory(directory: string): Promise<void> {
  if ((await checkDirectory(directory)) === 'present') return;
  await makeFolder(directory);
  // Somebody else may have been faster.
  await checkDirectory(directory);
}

interface Judgement {
  /** Why the folder cannot be believed. */
  readonly reason?: string | undefined;
  /** Absent when there is no folder. */
  readonly isOpenToAll?: boolean;
}

async function judge(directory: string): Promise<Judgement> {
  const link = await unlessAbsent(lstat(directory));
  const isLink = link?.isSymbolicLink() === true;
  // The owner of a link decides where it leads. Its mode says nothing.
  const reason = isLink ? distrustOf({ uid: link.uid, mode: 0 }) : undefined;
  if (reason !== undefined) return { reason: `is a link that ${reason}`, isOpenToAll: false };
  const folder = isLink ? await unlessAbsent(stat(directory)) : link;
  if (folder === undefined) return {};
  return { reason: distrustOf(folder), isOpenToAll: isWritableByAll(folder) };
}

async function putAside(directory: string): Promise<boolean> {
  // Nothing but folders of ours: this must never move a folder such as /tmp.
  if (!(await readdir(directory)).every((name) => SHARD.test(name))) return false;
  const aside = `${directory}.untrusted-${randomUUID()}`;
  try {
    await rename(directory, aside);
  } catch {
    // A mount point, or a folder in one that keeps the files of each user apart.
    return false;
  }
  process.emitWarning(
    `Every user of this machine could write to ${directory}, so nobody can tell who put the sessions there. The folder is now ${aside}, and the file store begins with a new one.`,
    { type: 'SessionWarning', code: 'SOJOURN_FILE_STORE' },
  );
  return true;
}

async function unlessAbsent<Result>(look: Promise<Result>): Promise<Result | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
