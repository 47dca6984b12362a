import type { CookieData } from './cookie.js';

/** RFC 9110, section 5.6.2. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** Characters that end neither an attribute nor the header. */
const ATTRIBUTE = /^[\x20-\x3a\x3d-\x7e]*$/;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^\\.?${LABEL}(?:\\.${LABEL})*$`, 'i');

const PRIORITIES: Readonly<Record<string, string>> = { low: 'Low', medium: 'Medium', high: 'High' };
const SAME_SITES: Readonly<Record<string, string>> = {
  true: 'Strict',
  strict: 'Strict',
  lax: 'Lax',
  none: 'None',
};

/**
 * A `Set-Cookie` value. The order of the attributes and the errors are those of the package
 * `cookie` 0.7, which express-session uses.
 * @throws {TypeError} When the name or an attribute cannot be sent.
 */
export function setCookieText(name: string, value: string, attributes: CookieData): string {
  const { domain, path, expires, httpOnly, secure, partitioned, priority, sameSite } = attributes;
  if (!NAME.test(name)) throw new TypeError('argument name is invalid');
  let text = `${name}=${encodeURIComponent(value)}`;
  if (domain) text += `; Domain=${checked('domain', domain, DOMAIN.test(domain))}`;
  if (path) text += `; Path=${checked('path', path, ATTRIBUTE.test(path))}`;
  if (expires) text += `; Expires=${dateText(expires)}`;
  if (httpOnly) text += '; HttpOnly';
  if (secure) text += '; Secure';
  if (partitioned) text += '; Partitioned';
  if (priority) text += `; Priority=${chosen('priority', priority, PRIORITIES)}`;
  if (sameSite) text += `; SameSite=${chosen('sameSite', sameSite, SAME_SITES)}`;
  return text;
}

function checked(option: string, text: string, isValid: boolean): string {
  if (!isValid) throw new TypeError(`option ${option} is invalid`);
  return text;
}

function dateText(date: Date): string {
  if (!(date instanceof Date) || !Number.isFinite(date.getTime()))
    throw new TypeError('option expires is invalid');
  return date.toUTCString();
}

function chosen(
  option: string,
  choice: unknown,
  choices: Readonly<Record<string, string>>,
): string {
  const name = typeof choice === 'string' ? choice.toLowerCase() : String(choice);
  const text = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (text === undefined) throw new TypeError(`option ${option} is invalid`);
  return text;
}
