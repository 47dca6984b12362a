/** One secret or several. The first one makes new tokens; tokens of all are accepted. */
export type Secret = string | readonly string[];

/**
 * The secrets as they are now, checked. The list is the same object as long as no secret changes.
 * @throws `invalid-option` when the function that the user gave fails, or gives a weak secret.
 */
export type SecretSource = () => readonly string[];
