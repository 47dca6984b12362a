/** What a column holds. */
export type SqlValue = string | number | null;

/**
 * A row, by column name. Numbers may come as `bigint` or text, and text as a `Buffer`: clients
 * differ.
 */
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * The few things an SQL store asks of a database client. A statement is one of a dozen constant
 * texts, so it can be prepared once.
 */
export interface SqlClient {
  /** Runs a statement and returns how many rows it inserted, changed or deleted. */
  run(statement: string, values: readonly SqlValue[]): number | Promise<number>;
  /** Runs a query and returns its rows. */
  rows(
    statement: string,
    values: readonly SqlValue[],
  ): readonly SqlRow[] | Promise<readonly SqlRow[]>;
}
