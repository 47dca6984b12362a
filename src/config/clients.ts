import { SessionError } from '../core/errors.js';

/** A package that a driver can work with. */
export interface ClientPackage<Opened> {
  /** What is imported; what stands before a second `/` is what is installed. */
  readonly name: string;
  /** What to do with what the package exports. */
  open(exports: never): Promise<Opened>;
}

/**
 * Imports the first of the packages that is installed, and opens with it. They are imported here
 * and nowhere else, so that nobody needs one for a store that is not used.
 * @throws `invalid-option` saying what to install; what the package throws when it cannot be
 * loaded, or cannot connect.
 */
export async function openFirst<Opened>(
  driver: string,
  packages: readonly ClientPackage<Opened>[],
): Promise<Opened> {
  for (const { name, open } of packages) {
    const exports: unknown = await importInstalled(name);
    if (exports !== undefined) return open(exports as never);
  }
  const names = packages.map(({ name }) => installName(name));
  throw new SessionError(
    'invalid-option',
    `The driver ${driver} needs a client. Run one of: ${names.map((name) => `npm install ${name}`).join(', ')}.`,
  );
}

async function importInstalled(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (isNotInstalled(error, name)) return undefined;
    throw error;
  }
}

/** Whether the package itself is missing, and not something that it imports. */
function isNotInstalled(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${installName(name)}'`)
  );
}

/** `mysql2` of `mysql2/promise`, `@aws-sdk/lib-dynamodb` as it is. */
function installName(name: string): string {
  return name.startsWith('@') ? name : name.replace(/\/.*/, '');
}
