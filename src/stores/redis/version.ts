import { randomInt } from 'node:crypto';

/*
 * A version is `<life>.<write>`, each 48 random bits. Not counted up: after a fail-over, a version
 * that was lost must not fit another write.
 */

/** The version of a new record. */
export function firstVersion(): string {
  return nextVersion(randomText());
}

/** Another version in the same life. */
export function nextVersion(life: string): string {
  return `${life}.${randomText()}`;
}

/** What all versions of a record share, from its creation to its end. */
export function lifeOf(version: string): string {
  return version.split('.', 1)[0] ?? '';
}

function randomText(): string {
  return randomInt(2 ** 48 - 1).toString(36);
}
