import type { Located } from './passage.js';

/** A version, and the store that gave it. */
export type Place = Pick<Located, 'side' | 'version'>;

/** A version that no record has. */
export const PAST = 'past';

/** The text of a version, for whoever holds it. The stores have numbers and texts. */
export function versionText({ side, version }: Place): string {
  return JSON.stringify([side, version]);
}

/** `undefined` for a version of the past. */
export function versionPlace(text: string): Place | undefined {
  if (text === PAST) return undefined;
  const [side, version] = JSON.parse(text);
  return { side, version };
}
