import { SessionError } from '../core/errors.js';
import type { OpenedStore, Place } from './driver.js';

/** A package that a driver can work with. */
export interface ClientPackage {
  /** The module to import. The package to install is the part before a second `/`. */
  readonly name: string;
  /** Opens the store with the exports of the package. */
  open(exports: never, place: Place): Promise<OpenedStore>;
}

/** Opens a driver with the first of its packages that is installed. */
export interface Clients {
  /**
   * Imports the package and opens the store.
   * @throws the errors of {@link require}; the package's own error when it cannot be loaded or
   * cannot connect.
   */
  open(place: Place): Promise<OpenedStore>;
  /**
   * @throws `invalid-option`, with a message that says what to install, when no package is
   * installed.
   */
  require(): Promise<unknown>;
}

/**
 * The packages that a driver can work with, in the order in which they are looked for. They are
 * imported here and nowhere else, so that nobody needs one for a store that is not used.
 */
export function clientsOf(driver: string, packages: readonly ClientPackage[]): Clients {
  async function first(): Promise<{ found: ClientPackage; exports: unknown }> {
    for (const found of packages) {
      const exports: unknown = await importInstalled(found.name);
      if (exports !== undefined) return { found, exports };
    }
    const commands = packages.map(({ name }) => `npm install ${installName(name)}`);
    throw new SessionError(
      'invalid-option',
      `The driver ${driver} needs a client. Run one of: ${commands.join(', ')}.`,
    );
  }

  return {
    require: first,
    async open(place) {
      const { found, exports } = await first();
      return found.open(exports as never, place);
    },
  };
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
