import { join, resolve } from 'node:path';
import { createSessions } from 'sojourn';
import { newcomers } from 'sojourn/newcomers';
import { fileStore } from 'sojourn/stores/file';
import { sqliteAvailable, sqliteStore } from 'sojourn/stores/sqlite';

const folder = resolve(process.env.DEMO_DATA || '.demo');
const isSqlite = sqliteAvailable();

/** Where the sessions are, in words. */
export const place = isSqlite
  ? join(folder, 'sessions.sqlite')
  : `${join(folder, 'sessions')} (files, since there is no SQLite)`;

/** What the shop keeps about each visitor; types.d.ts says what is in there. */
export const sessions = createSessions({
  store: isSqlite
    ? sqliteStore({ file: join(folder, 'sessions.sqlite') })
    : fileStore({ directory: join(folder, 'sessions') }),
  idleTimeout: '2h',
  lifetime: '30d',
  clientFacts: true,
  // A visitor who never comes back keeps little room, and a program cannot fill the disk.
  newcomers: newcomers({ perAddress: { max: 300, per: '1m' }, total: { max: 3000, per: '1m' } }),
});
