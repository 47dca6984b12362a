/** The facts from the server of a store. */
export interface ServerFacts {
  /** The server's clock, in epoch milliseconds. */
  now?(): Promise<number>;
  /** Settings that would lose sessions or slow them down; empty when all is well. */
  weaknesses(): Promise<readonly Weakness[]>;
}

/** A server setting that harms sessions. */
export interface Weakness {
  readonly is: string;
  /** What to do about it. */
  readonly advice: string;
}
