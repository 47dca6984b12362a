import { isPlaceholder } from '../../keys/secrets.js';

/** What manuals and answers on the web sign cookies with, beside what is a placeholder anywhere. */
const EXAMPLE =
  /^(?:(?:my|super|some|the|top|session|cookie)[-_ ]?)*(?:secrets?|s3cr3t|keys?|key ?[12]|passw(?:or)?d|session|test|shh+)$/i;

/** Warns in production of secrets that are examples; what is no text is left alone. */
export function warnOfPlaceholders(secrets: readonly unknown[], option: string): void {
  if (process.env.NODE_ENV !== 'production') return;
  const isExample = (secret: unknown): boolean =>
    typeof secret === 'string' && (EXAMPLE.test(secret) || isPlaceholder(secret));
  if (!secrets.some(isExample)) return;
  process.emitWarning(
    `A secret in '${option}' is an example from a manual: whoever knows it signs in as anybody. Put a random one in front, and take the example out once its cookies are gone.`,
    { type: 'SessionWarning', code: 'SOJOURN_PLACEHOLDER_SECRET' },
  );
}
