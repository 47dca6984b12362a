/** A value that does not fit the schema of the data, as a record keeps it. */
export interface Aside {
  readonly key: string;
  /** The encoded value. */
  readonly text: string;
  /** Why it does not fit. The reason does not hold the value. */
  readonly reason: string;
  /** The version of the schema to which the value belongs. */
  readonly version: number;
}

/** A value that does not fit the schema of the data (`sojourn/schema`), and was set aside. */
export interface SetAside extends Omit<Aside, 'text'> {
  readonly value: unknown;
}
