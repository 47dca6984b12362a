import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SessionError } from '../../core/errors.js';
import { fileStore } from '../../stores/file.js';
import { memoryStore } from '../../stores/memory.js';
import { SQLITE } from '../../stores/sql/dialects.js';
import { findSqlite } from '../../stores/sql/sqlite-clients.js';
import { sqlStatements } from '../../stores/sql/statements.js';
import { sqliteStore } from '../../stores/sqlite.js';
import type { Driver, Place } from '../driver.js';

/** Inside this process. */
export const memoryDriver: Driver = {
  name: 'memory',
  protocols: ['memory:'],
  connection: 'memory:',
  outOfReach: 'inside the server',
  sweepsItself: true,
  open: async () => ({ store: memoryStore() }),
};

/** Sealed inside the cookie, see `cookieSessions`. */
export const cookieDriver: Driver = {
  name: 'cookie',
  protocols: ['cookie:'],
  connection: 'cookie:',
  sweepsItself: true,
  outOfReach: 'in the browsers',
  open: async () => {
    throw new SessionError(
      'unsupported',
      'The driver cookie has no store. Choose another driver for this.',
    );
  },
};

/** A folder: `file:storage/sessions`, `file:///var/lib/shop/sessions`. */
export const fileDriver: Driver = {
  name: 'file',
  protocols: ['file:'],
  connection: 'file:storage/sessions',
  open: async (place) => ({ store: fileStore({ directory: pathOf(place, 'folder') }) }),
};

/** A file: `sqlite:sessions.sqlite`, `sqlite:///var/lib/shop/sessions.sqlite`. */
export const sqliteDriver: Driver = {
  name: 'sqlite',
  protocols: ['sqlite:'],
  connection: 'sqlite:sessions.sqlite',
  sweepsItself: true,
  statements: (table = 'sessions') => sqlStatements(SQLITE, table).migrate,
  requireClient: async () => findSqlite(),
  async open(place) {
    const { table = 'sessions', mustExist, pruneInterval } = place;
    const file = pathOf(place, 'file');
    if (mustExist) requireTable(file, table);
    return { store: sqliteStore({ file, table, pruneInterval }) };
  },
};

/** Opening the store would make the table. */
function requireTable(file: string, table: string): void {
  const database = new (findSqlite())(file);
  try {
    database.exec('pragma busy_timeout = 1500');
    const there = database.prepare('select lower(name) as name from sqlite_master').all() as {
      name: string;
    }[];
    if (!there.some(({ name }) => name === table.replace(/.*\./, '').toLowerCase())) {
      throw new SessionError(
        'invalid-option',
        `There is no table ${table} in ${file}. Correct its name, or make it with \`npx sojourn migrate\`.`,
      );
    }
  } finally {
    database.close();
  }
}

function pathOf({ connection, mustExist }: Place, kind: 'file' | 'folder'): string {
  const path = connection.startsWith('file:///')
    ? fileURLToPath(connection)
    : connection.replace(/^[a-z]+:(?:\/\/)?/i, '');
  if (path === '')
    throw new SessionError(
      'invalid-option',
      `connection is '${connection}'. Write the path of the ${kind} behind it.`,
    );
  if (
    mustExist &&
    statSync(path, { throwIfNoEntry: false })?.isDirectory() !== (kind === 'folder')
  ) {
    throw new SessionError(
      'invalid-option',
      `There is no ${kind} ${path}. Correct the path, or make it with \`npx sojourn migrate\`.`,
    );
  }
  return path;
}
