import { join } from 'node:path';
import { listNames, move, remove, removeEmptyFolder } from './disk.js';

/*
 * A session is a folder with two files. The content is named after its version. The head is empty:
 * its name says which version is current, and the deadlines. Every verb takes effect in one rename
 * or unlink of the head under the exact name that was seen. The file system lets one process do
 * that; the others get ENOENT, look again, and find another head or none. Head names never come
 * twice (versions are random, moves count up), so nobody mistakes a later state for the one it saw,
 * however long it was stopped.
 */

/** What the name of a head says. */
export interface Head {
  readonly name: string;
  readonly version: string;
  readonly expiresAt: number;
  readonly touchedAt: number;
  /** How often the head was renamed within its version. */
  readonly moves: number;
}

/** What is in a session's folder at one moment. */
export interface Contents {
  readonly head: Head | undefined;
  readonly names: readonly string[];
}

/** The name of a head. */
export function headName(head: Omit<Head, 'name'>): string {
  return [head.version, head.expiresAt, head.touchedAt, head.moves].join('_');
}

/** Looks into a session's folder. An absent one is empty. */
export async function look(folder: string): Promise<Contents> {
  for (let attempt = 1; ; attempt++) {
    const names = await listNames(folder);
    const [head, second] = names.flatMap(parseHead);
    if (head !== undefined && second === undefined) return { head, names };
    // Some file systems show a head that is being renamed twice, or not at all.
    if (names.length === 0 || attempt === 3) return { head: undefined, names };
  }
}

/** Renames the head; `false` when another process did something first. */
export function moveHead(folder: string, head: Head, next: Omit<Head, 'name'>): Promise<boolean> {
  return move(join(folder, head.name), join(folder, headName(next)));
}

/** Deletes the head, and so the session; `false` when another process did something first. */
export function removeHead(folder: string, head: Head): Promise<boolean> {
  return remove(join(folder, head.name));
}

/** Deletes these files, and the folder if nothing else is in it. */
export async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await remove(join(folder, name));
  await removeEmptyFolder(folder);
}

/** Deletes contents that a process wrote and did not live to make current. */
export async function removeOrphans(folder: string): Promise<void> {
  const { head, names } = await look(folder);
  if (head === undefined) return removeFiles(folder, names);
  const orphans = names.filter((name) => name !== head.name && name !== head.version);
  // A writer that is merely slow saw its head before it named its content: renaming the head makes
  // it fail and look again.
  if (orphans.length === 0 || !(await moveHead(folder, head, { ...head, moves: head.moves + 1 })))
    return;
  for (const orphan of orphans) await remove(join(folder, orphan));
}

function parseHead(name: string): Head[] {
  const [version, expiresAt, touchedAt, moves, rest] = name.split('_');
  if (version === undefined || moves === undefined || rest !== undefined) return [];
  return [
    {
      name,
      version,
      expiresAt: Number(expiresAt),
      touchedAt: Number(touchedAt),
      moves: Number(moves),
    },
  ];
}
