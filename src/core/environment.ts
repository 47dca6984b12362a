/**
 * Whether `NODE_ENV` is `production`. Asked when needed and never at import: some runtimes have no
 * environment then, and Deno refuses to read one without permission. Then the answer is no.
 */
export function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === 'production';
  } catch {
    return false;
  }
}
