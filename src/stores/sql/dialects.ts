/** Where databases differ, as data for {@link sqlStatements}. */
export interface SqlDialect {
  /** The n-th parameter of a statement, from 1. */
  readonly parameter: (position: number) => string;
  /** An identifier that {@link sqlStatements} has checked. */
  readonly quote: (identifier: string) => string;
  /** Column types: text that is compared byte by byte, text of any length, a whole number up to 2^53. */
  readonly types: { readonly key: string; readonly text: string; readonly integer: string };
}

/** SQLite 3.24 or later. */
export const SQLITE: SqlDialect = {
  parameter: () => '?',
  quote: (identifier) => `"${identifier}"`,
  types: { key: 'text', text: 'text', integer: 'integer' },
};
