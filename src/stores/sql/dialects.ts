/** Where databases differ, as data for {@link sqlStatements}. */
export interface SqlDialect {
  /** The n-th parameter of a statement, from 1. */
  readonly parameter: (position: number) => string;
  /** An identifier that {@link sqlStatements} has checked. */
  readonly quote: (identifier: string) => string;
  /**
   * Column types: text that is compared byte by byte and can be indexed, text, text of any length,
   * a whole number up to 2^53.
   */
  readonly types: {
    readonly key: string;
    readonly text: string;
    readonly payload: string;
    readonly integer: string;
  };
  /** The function that gives the larger of two numbers. */
  readonly later: string;
  /**
   * Ends an insert that leaves a row which has the id already; empty where the client has to count
   * that error as no row.
   */
  readonly unlessPresent: string;
  /** Deletes some expired rows, passing over those that others hold. Parameters: before, limit. */
  readonly prune: (table: string) => string;
  /** What makes the table and its indexes for expiry and user. */
  readonly migrate: (name: SqlTable, columns: string) => readonly string[];
}

/** The name of a table, in parts. */
export interface SqlTable {
  /** Quoted and with the dot behind it; empty when there is none. */
  readonly schema: string;
  /** Not quoted. */
  readonly table: string;
}

/** SQLite 3.24 or later. */
export const SQLITE: SqlDialect = {
  parameter: () => '?',
  quote: (identifier) => `"${identifier}"`,
  types: { key: 'text', text: 'text', payload: 'text', integer: 'integer' },
  later: 'max',
  unlessPresent: 'on conflict (id) do nothing',
  prune: (table) =>
    `delete from ${table} where id in (select id from ${table} where expires_at <= ? limit ?)`,
  migrate: ({ schema, table }, columns) => [
    // An ordinary rowid table: `without rowid` measured slower and larger, the more so the larger
    // the payload.
    `create table if not exists ${schema}"${table}" (${columns})`,
    `create index if not exists ${schema}"${table}_expires_at" on "${table}" (expires_at)`,
    `create index if not exists ${schema}"${table}_user_id" on "${table}" (user_id)`,
  ],
};

/** PostgreSQL 9.5 or later. */
export const POSTGRES: SqlDialect = {
  parameter: (position) => `$${position}`,
  quote: (identifier) => `"${identifier}"`,
  types: { key: 'text collate "C"', text: 'text', payload: 'text', integer: 'bigint' },
  later: 'greatest',
  unlessPresent: 'on conflict (id) do nothing',
  // An array is made once; a plain subquery may run again for each row, each time with another
  // `limit` rows.
  prune: (table) =>
    `delete from ${table} where id = any (array(
       select id from ${table} where expires_at <= ? limit ? for update skip locked
     ))`,
  migrate: ({ schema, table }, columns) => [
    `create table if not exists ${schema}"${table}" (${columns})`,
    `create index if not exists "${table}_expires_at" on ${schema}"${table}" (expires_at)`,
    `create index if not exists "${table}_user_id" on ${schema}"${table}" (user_id)`,
  ],
};

/** MySQL 8.0 or later, MariaDB 10.6 or later. */
export const MYSQL: SqlDialect = {
  parameter: () => '?',
  quote: (identifier) => `\`${identifier}\``,
  types: {
    // Bytes: no collation that both databases have tells 'a' from 'a '. 200 characters have at most
    // 1400 of them, escapes included.
    key: 'varbinary(1400)',
    text: 'text character set utf8mb4',
    payload: 'longtext character set utf8mb4',
    integer: 'bigint',
  },
  later: 'greatest',
  unlessPresent: '',
  // Neither database takes `limit` in a subquery of `in`; the order of the join keeps the outer
  // table from being searched, and locked, first.
  prune: (table) =>
    `delete present from (select id from ${table} where expires_at <= ? limit ? for update skip locked) as expired
     straight_join ${table} as present on present.id = expired.id`,
  migrate: ({ schema, table }, columns) => [
    `create table if not exists ${schema}\`${table}\` (${columns}, index (expires_at), index (user_id)) engine = innodb`,
  ],
};
