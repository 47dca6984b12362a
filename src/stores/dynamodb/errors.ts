const REFUSAL = 'ConditionalCheckFailedException';

/**
 * Whether the error of the SDK is of this kind. By name, as the SDK advises: its package may be
 * there twice.
 */
export function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

/** What is known of the item that refused a write; an absent one has nothing. */
export interface Refusal {
  readonly version: string | undefined;
  /** `NaN` when absent. */
  readonly expiresAt: number;
  /** `NaN` when absent. */
  readonly touchedAt: number;
  readonly isMoved: boolean;
}

/**
 * What refused a conditional write, or `undefined` when it took place; rejects when it failed
 * otherwise than by its condition.
 */
export async function refusalOf(write: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (!isNamed(error, REFUSAL)) throw error;
    const { version, createdAt, expiresAt, touchedAt } = (error as RefusedError).Item ?? {};
    return {
      version: version?.S,
      expiresAt: Number(expiresAt?.N),
      touchedAt: Number(touchedAt?.N),
      isMoved: createdAt?.N === '0',
    };
  }
}

/**
 * Whether a conditional write took place; rejects when it failed otherwise than by its condition.
 * `version` is that of the item which it writes, if it writes a whole one: the SDK sends again what
 * was not answered, so the item that refuses it may be its own.
 */
export async function unlessRefused(write: Promise<unknown>, version?: string): Promise<boolean> {
  const refusal = await refusalOf(write);
  return refusal === undefined || (version !== undefined && refusal.version === version);
}

/** The document client leaves the item in DynamoDB's own notation. */
interface RefusedError extends Error {
  readonly Item?: { readonly [attribute: string]: { S?: string; N?: string } | undefined };
}
