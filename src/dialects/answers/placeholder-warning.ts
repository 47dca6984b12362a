import { isPlaceholder } from '../../keys/secrets.js';

/**
 * Secrets from manuals and answers on the web, besides the placeholders that `secrets.ts` knows.
 */
const EXAMPLE =
  /^(?:(?:my|super|some|the|top|session|cookie)[-_ ]?)*(?:secrets?|s3cr3t|keys?|key ?[12]|passw(?:or)?d|session|test|shh+)$/i;

/** Warns in production about secrets that are examples. Secrets that are not texts are skipped. */
export function warnOfPlaceholders(secrets: readonly unknown[], option: string): void {
  if (process.env.NODE_ENV !== 'production') return;
  const isExample = (secret: unknown): boolean =>
    typeof secret === 'string' && (EXAMPLE.test(secret) || isPlaceholder(secret));
  if (!secrets.some(isExample)) return;
  process.emitWarning(
    `A secret in '${option}' is an example from a manual: anyone who knows it can log in as any user. Put a random secret in front, and remove the example once its cookies have expired.`,
    { type: 'SessionWarning', code: 'SOJOURN_PLACEHOLDER_SECRET' },
  );
}
