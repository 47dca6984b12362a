import { SessionError } from '../../core/errors.js';
import type { SqlDialect } from './dialects.js';

/** Every statement of an SQL store. Parameters are in the order of the text. */
export interface SqlStatements {
  /** id, now */
  readonly read: string;
  /** id, version, user_id, ip_address, user_agent, payload, created_at, last_activity, expires_at, now */
  readonly create: string;
  /** user_id, ip_address, user_agent, payload, created_at, last_activity, expires_at, id, version, now */
  readonly update: string;
  /** expires_at, last_activity, id, now */
  readonly touch: string;
  /** id, now */
  readonly destroy: string;
  /** id, version, now */
  readonly destroyVersion: string;
  /** id of the last row of the page before, now, rows of a page */
  readonly list: string;
  /** user_id, id of the last row of the page before, now, rows of a page */
  readonly byUser: string;
  /** now */
  readonly count: string;
  /** before, limit, before */
  readonly prune: string;
  readonly clear: string;
  readonly migrate: readonly string[];
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/i;

/**
 * The statements for a table, written `'table'` or `'schema.table'`.
 * @throws `invalid-option` when a part is not 1 to 63 letters, digits and underscores, or starts with a digit.
 */
export function sqlStatements({ parameter, quote, types }: SqlDialect, table: string): SqlStatements {
  const parts = table.split('.');
  if (parts.length > 2 || !parts.every((part) => NAME.test(part))) {
    throw new SessionError(
      'invalid-option',
      `table is ${JSON.stringify(table)}. Give a name of letters, digits and underscores, with its schema in front if need be: 'app.sessions'.`,
    );
  }
  const quoted = parts.map(quote).join('.');
  const index = (column: string): string => [...parts.slice(0, -1), `${parts.at(-1)}_${column}`].map(quote).join('.');

  function numbered(text: string): string {
    let position = 0;
    return text.replaceAll('?', () => parameter(++position));
  }

  const columns = 'id, version, user_id, ip_address, user_agent, payload, created_at, last_activity, expires_at';
  const { key, text, integer } = types;
  return {
    read: numbered(`select ${columns} from ${quoted} where id = ? and expires_at > ?`),
    create: numbered(
      `insert into ${quoted} as present (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (id) do update set version = excluded.version, user_id = excluded.user_id, ip_address = excluded.ip_address,
         user_agent = excluded.user_agent, payload = excluded.payload, created_at = excluded.created_at,
         last_activity = excluded.last_activity, expires_at = excluded.expires_at
       where present.expires_at <= ?`,
    ),
    update: numbered(
      `update ${quoted} set version = version + 1, user_id = ?, ip_address = ?, user_agent = ?, payload = ?, created_at = ?,
         last_activity = ?, expires_at = ?
       where id = ? and version = ? and expires_at > ?`,
    ),
    touch: numbered(`update ${quoted} set expires_at = ?, last_activity = ? where id = ? and expires_at > ?`),
    destroy: numbered(`delete from ${quoted} where id = ? and expires_at > ?`),
    destroyVersion: numbered(`delete from ${quoted} where id = ? and version = ? and expires_at > ?`),
    list: numbered(`select ${columns} from ${quoted} where id > ? and expires_at > ? order by id limit ?`),
    byUser: numbered(`select ${columns} from ${quoted} where user_id = ? and id > ? and expires_at > ? order by id limit ?`),
    count: numbered(`select count(*) as live from ${quoted} where expires_at > ?`),
    // Asked twice, so that a record which a touch moves in between stays.
    prune: numbered(
      `delete from ${quoted} where id in (select id from ${quoted} where expires_at <= ? limit ?) and expires_at <= ?`,
    ),
    clear: `delete from ${quoted}`,
    migrate: [
      // An ordinary rowid table: `without rowid` measured slower and larger, the more so the larger the payload.
      `create table if not exists ${quoted} (
         id ${key} not null primary key, version ${integer} not null,
         user_id ${key}, ip_address ${text}, user_agent ${text}, payload ${text} not null,
         created_at ${integer} not null, last_activity ${integer} not null, expires_at ${integer} not null
       )`,
      `create index if not exists ${index('expires_at')} on ${quote(parts.at(-1) ?? '')} (expires_at)`,
      `create index if not exists ${index('user_id')} on ${quote(parts.at(-1) ?? '')} (user_id)`,
    ],
  };
}
