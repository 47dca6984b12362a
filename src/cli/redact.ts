const CREDENTIALS = /(?<!file:\/?)\/\/.*@/g;
const SECRET_PARAMETER = /([?&]\w*(?:password|secret|token)\w*=)[^&\s'"]+/gi;

/** Text without the user and password of the URLs in it, and without their secret parameters. */
export function redacted(text: string): string {
  return text.replace(CREDENTIALS, '//...@').replace(SECRET_PARAMETER, '$1...');
}

/** Whether the address of a store holds a password. */
export function hasPassword(address: string): boolean {
  if (/^(?:file|sqlite):/i.test(address)) return false;
  return /\/\/[^@]*:.*@/.test(address) || address.search(SECRET_PARAMETER) !== -1;
}
