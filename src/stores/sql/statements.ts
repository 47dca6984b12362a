import { SessionError } from '../../core/errors.js';
import type { SqlDialect } from './dialects.js';

/** The columns that a query of records returns. */
export const COLUMNS: readonly string[] = [
  'id',
  'version',
  'user_id',
  'ip_address',
  'user_agent',
  'payload',
  'created_at',
  'last_activity',
  'expires_at',
];

/** Every statement of an SQL store. Parameters are in the order of the text. */
export interface SqlStatements {
  /** id, now */
  readonly read: string;
  /**
   * Changes nothing when a row has the id. id, version, user_id, ip_address, user_agent, payload,
   * created_at, last_activity, expires_at
   */
  readonly insert: string;
  /**
   * user_id, ip_address, user_agent, payload, created_at, last_activity, expires_at, id, version,
   * now
   */
  readonly update: string;
  /** expires_at, last_activity, id, now */
  readonly touch: string;
  /** id, now */
  readonly destroy: string;
  /** id, version, now */
  readonly destroyVersion: string;
  /** id, now */
  readonly destroyExpired: string;
  /** id of the last row of the page before, now, limit */
  readonly list: string;
  /** user_id, id of the last row of the page before, now, limit */
  readonly byUser: string;
  /** now */
  readonly count: string;
  /** before, limit */
  readonly prune: string;
  readonly clear: string;
  readonly migrate: readonly string[];
}

/**
 * PostgreSQL cuts names after 63 characters without an error, and the name of an index is up to 11
 * longer than the table's.
 */
const NAME = /^[a-z_][a-z0-9_]{0,51}$/i;

/**
 * The statements for a table, written `'table'` or `'schema.table'`.
 * @throws `invalid-option` when a part is not 1 to 52 letters, digits and underscores, or starts
 * with a digit.
 */
export function sqlStatements(dialect: SqlDialect, table: string): SqlStatements {
  const { parameter, quote, types, later, unlessPresent } = dialect;
  const parts = typeof table === 'string' ? table.split('.') : [''];
  if (parts.length > 2 || !parts.every((part) => NAME.test(part))) {
    throw new SessionError(
      'invalid-option',
      `table is ${JSON.stringify(table)}. Give a name of up to 52 letters, digits and underscores, with its schema in front if need be: 'app.sessions'.`,
    );
  }
  const dot = table.indexOf('.');
  const schema = dot < 0 ? '' : `${quote(table.slice(0, dot))}.`;
  const tableAlone = table.slice(dot + 1);
  const name = schema + quote(tableAlone);

  function numbered(text: string): string {
    let position = 0;
    return text.replace(/\?/g, () => parameter(++position));
  }

  const columns = COLUMNS.join(', ');
  // Moved records have a created_at of 0.
  const listed = 'expires_at > ? and created_at <> 0';
  const { key, text, payload, integer } = types;
  return {
    read: numbered(`select ${columns} from ${name} where id = ? and expires_at > ?`),
    insert: numbered(
      `insert into ${name} (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?) ${unlessPresent}`,
    ),
    update: numbered(
      `update ${name} set version = version + 1, user_id = ?, ip_address = ?, user_agent = ?, payload = ?, created_at = ?,
         last_activity = ?, expires_at = ?
       where id = ? and version = ? and expires_at > ?`,
    ),
    touch: numbered(
      `update ${name} set expires_at = ${later}(expires_at, ?), last_activity = ${later}(last_activity, ?)
       where id = ? and ${listed}`,
    ),
    destroy: numbered(`delete from ${name} where id = ? and expires_at > ?`),
    destroyVersion: numbered(`delete from ${name} where id = ? and version = ? and expires_at > ?`),
    destroyExpired: numbered(`delete from ${name} where id = ? and expires_at <= ?`),
    list: numbered(`select ${columns} from ${name} where id > ? and ${listed} order by id limit ?`),
    byUser: numbered(
      `select ${columns} from ${name} where user_id = ? and id > ? and expires_at > ? order by id limit ?`,
    ),
    count: numbered(`select count(*) as live from ${name} where ${listed}`),
    prune: numbered(dialect.prune(name)),
    clear: `delete from ${name}`,
    migrate: dialect.migrate(
      { schema, table: tableAlone },
      `id ${key} not null primary key, version ${integer} not null,
       user_id ${key}, ip_address ${text}, user_agent ${text}, payload ${payload} not null,
       created_at ${integer} not null, last_activity ${integer} not null, expires_at ${integer} not null`,
    ),
  };
}
