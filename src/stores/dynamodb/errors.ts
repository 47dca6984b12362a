const REFUSAL = 'ConditionalCheckFailedException';

/**
 * Whether the error of the SDK is of this kind. By name, as the SDK advises: its package may be
 * there twice.
 */
export function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

/**
 * Whether a conditional write took place; rejects when it failed otherwise than by its condition.
 * `version` is that of the item which it writes, if it writes a whole one: the SDK sends again what
 * was not answered, so the item that refuses it may be its own.
 */
export async function unlessRefused(write: Promise<unknown>, version?: string): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (!isNamed(error, REFUSAL)) throw error;
    return version !== undefined && versionOf(error) === version;
  }
}

/**
 * The version of the item that refused a write. The document client leaves it in DynamoDB's own
 * notation.
 */
function versionOf(refusal: Error & { Item?: { version?: { S?: string } } }): string | undefined {
  return refusal.Item?.version?.S;
}
