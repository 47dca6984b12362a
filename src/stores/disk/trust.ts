import type { Stats } from 'node:fs';

const WRITABLE_BY_ALL = 0o002;

/**
 * Why what is in a file or folder cannot be believed; `undefined` when it can. Whoever owns it, or
 * may write to it, can put a session of any user there. A group may write: shared volumes of
 * containers are made so.
 */
export function distrustOf({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): string | undefined {
  const self = process.geteuid?.();
  // Windows has neither.
  if (self === undefined) return undefined;
  if (uid !== self && uid !== 0) return `belongs to another user (uid ${uid})`;
  return isWritableByAll({ mode }) ? 'can be written to by every user' : undefined;
}

/** Whether every user of the machine may write to it. */
export function isWritableByAll({ mode }: Pick<Stats, 'mode'>): boolean {
  return (mode & WRITABLE_BY_ALL) !== 0;
}
