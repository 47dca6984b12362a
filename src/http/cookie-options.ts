import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { checkDomain } from './cookie-domain.js';
import { type CookieForm, cookieForm } from './cookie-form.js';

/**
 * The session cookie's name and attributes. Every default is the strictest one that still works for
 * visitors who follow a link from another site.
 */
export interface CookieOptions {
  /**
   * The cookie's name. Default `__Host-sid`; `__Secure-sid` with a `domain` or another `path`;
   * `sid` with `secure: false`. With `partitioned` the default name ends in `-partitioned`, since a
   * browser also sends an unpartitioned cookie of the same name. Browsers enforce the rules of the
   * prefixes `__Host-`, `__Secure-`, `__Http-` and `__Host-Http-`. Without `__Host-`, sibling hosts
   * can plant a second cookie of this name (RFC 6265bis, section 4.1.3).
   */
  name?: string | undefined;
  /**
   * The browser sends the cookie to this path and below. Default `/`. A path is no security
   * boundary: pages under other paths of the host can read the cookie.
   */
  path?: string | undefined;
  /**
   * Sends the cookie to this domain and every host below it; each of these hosts can read and plant
   * the cookie. Default none: only the host that set the cookie gets it. A function chooses the
   * domain for each request. It gets the host's name (lower case, no port), and returns a domain
   * that contains the host, or `undefined` for this host alone. The result is checked at each use.
   */
  domain?: string | ((host: string) => string | undefined) | undefined;
  /**
   * `true` (default): the cookie is sent over https only, and over http to `localhost` (Safari
   * wants https there too). `'auto'`, for development: on a request without https the cookie has
   * neither `Secure` nor a name prefix. `false`: the cookie is never `Secure`, so anyone who sees
   * the traffic can take over the session.
   */
  secure?: boolean | 'auto' | undefined;
  /**
   * Hides the cookie from scripts. Default `true`. With `false`, any script that is injected into a
   * page can steal the session.
   */
  httpOnly?: boolean | undefined;
  /**
   * Which requests from other sites carry the cookie. `'lax'` (default): only when the visitor
   * follows a link. `'strict'`: no request. `'none'`: every request; this needs `secure: true` and
   * another defence against forged requests (CSRF).
   */
  sameSite?: 'lax' | 'strict' | 'none' | undefined;
  /**
   * Gives each site that embeds your site a separate cookie (CHIPS). Default `false`. Needs
   * `secure: true`.
   */
  partitioned?: boolean | undefined;
  /**
   * Chromium deletes cookies of low priority first when there are too many. Default none, which
   * Chromium takes as medium.
   */
  priority?: 'low' | 'medium' | 'high' | undefined;
  /**
   * `false` (default): the browser deletes the cookie when it is closed. `true`: the browser keeps
   * the cookie as long as the session can last, at most 400 days. On a shared computer the next
   * person then finds it.
   */
  persistent?: boolean | undefined;
}

/** The cookie options as the transport reads them: checked and complete. */
export interface CookieSettings {
  /** The name without prefix. */
  readonly bareName: string;
  readonly secure: boolean | 'auto';
  readonly persistent: boolean;
  readonly onSecureRequest: CookieForm;
  readonly onOtherRequest: CookieForm;
}

type Complete = { [Option in keyof CookieOptions]-?: Exclude<CookieOptions[Option], undefined> };
type Attributes = Omit<Complete, 'domain' | 'priority'> & {
  domain: CookieOptions['domain'];
  priority: Complete['priority'] | undefined;
};

const KNOWN = [
  'name',
  'path',
  'domain',
  'secure',
  'httpOnly',
  'sameSite',
  'partitioned',
  'priority',
  'persistent',
];
/** RFC 9110, section 5.6.2. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const MAX_NAME_LENGTH = 128;
/**
 * No control, no space (a browser would trim it, or never find it in a URL), no `;`, nothing beyond
 * ASCII.
 */
const PATH = /^\/[\x21-\x3a\x3c-\x7e]*$/;
/** Browsers ignore a longer attribute (RFC 6265bis, section 5.6). */
const MAX_ATTRIBUTE_OCTETS = 1024;
const PREFIXES = /^(?:__(?:Host-Http|Host|Secure|Http)-)+/i;

/**
 * Checks the options and fills in the defaults. The caller's object is not changed.
 * @throws `invalid-option` for a cookie that a browser would drop, change or not protect.
 */
export function readCookieOptions(options: CookieOptions): CookieSettings {
  if (typeof options !== 'object' || options === null)
    throw invalid(`cookie is ${inspect(options)}. Give an object, or leave it out.`);
  const unknown = Object.keys(options).find((option) => !KNOWN.includes(option));
  if (unknown !== undefined)
    throw invalid(
      `There is no cookie option ${inspect(unknown)}. The options are: ${KNOWN.join(', ')}.`,
    );

  const { path = '/', domain, secure = true } = options;
  const {
    partitioned = false,
    priority,
    persistent = false,
    httpOnly = true,
    sameSite = 'lax',
  } = options;
  const name = cookieName(options);
  const attributes: Attributes = {
    name,
    path,
    domain,
    secure,
    httpOnly,
    sameSite,
    partitioned,
    priority,
    persistent,
  };
  checkSyntax(attributes);
  checkTogether(attributes);
  checkPrefix(attributes);
  return {
    bareName: name.replace(PREFIXES, ''),
    secure,
    persistent,
    onSecureRequest: formOf(attributes, secure !== false),
    onOtherRequest: formOf(attributes, secure === true),
  };
}

/** The name that the options give, or the default one. */
export function cookieName({
  name,
  path = '/',
  domain,
  secure = true,
  partitioned = false,
}: CookieOptions): string {
  return name ?? defaultName(path, domain, secure) + (partitioned ? '-partitioned' : '');
}

function defaultName(
  path: string,
  domain: CookieOptions['domain'],
  secure: boolean | 'auto',
): string {
  if (secure === false) return 'sid';
  return path === '/' && domain === undefined ? '__Host-sid' : '__Secure-sid';
}

function checkSyntax({
  name,
  path,
  domain,
  secure,
  httpOnly,
  sameSite,
  partitioned,
  priority,
  persistent,
}: Attributes): void {
  checkChoice('secure', secure, [true, false, 'auto']);
  checkChoice('httpOnly', httpOnly, [true, false]);
  checkChoice('sameSite', sameSite, ['lax', 'strict', 'none']);
  checkChoice('partitioned', partitioned, [true, false]);
  checkChoice('priority', priority, ['low', 'medium', 'high', undefined]);
  checkChoice('persistent', persistent, [true, false]);
  if (
    typeof name !== 'string' ||
    !NAME.test(name) ||
    name.length > MAX_NAME_LENGTH ||
    name.replace(PREFIXES, '') === ''
  ) {
    throw wrong(
      'name',
      name,
      `Use 1 to ${MAX_NAME_LENGTH} letters, digits, '-' and '_', after the prefix if there is one.`,
    );
  }
  if (typeof path !== 'string' || !PATH.test(path) || path.length > MAX_ATTRIBUTE_OCTETS) {
    throw wrong(
      'path',
      path,
      `Begin with '/', percent-encode all characters that are not ASCII, and stay within ${MAX_ATTRIBUTE_OCTETS} characters.`,
    );
  }
  if (domain !== undefined && typeof domain !== 'function') checkDomain(domain, 'cookie.domain');
}

function checkTogether({ secure, sameSite, partitioned }: Attributes): void {
  const advice = "Set secure: true ('auto' is not enough), or leave it out.";
  if (sameSite === 'none' && secure !== true)
    throw wrong('sameSite', sameSite, `Browsers drop it without Secure. ${advice}`);
  if (partitioned && secure !== true)
    throw wrong('partitioned', partitioned, `Browsers drop it without Secure. ${advice}`);
}

/**
 * The rules of RFC 6265bis, section 5.7, steps 20 to 22, which compare without regard to case, and
 * those of layered cookies for `__Http-`.
 */
function checkPrefix({ name, path, domain, secure, httpOnly }: Attributes): void {
  const prefix = /^__(?:Host-Http|Host|Secure|Http)-/i.exec(name)?.[0];
  if (prefix === undefined) return;
  if (secure === false)
    throw wrong(
      'name',
      name,
      `Browsers drop ${prefix} without Secure. Choose a name without prefix, or leave out secure: false.`,
    );
  if (/^__Host-/i.test(prefix) && (path !== '/' || domain !== undefined)) {
    throw wrong(
      'name',
      name,
      `Browsers drop ${prefix} with a Domain or another Path than '/'. Use __Secure-, or leave out path and domain.`,
    );
  }
  if (/Http-$/i.test(prefix) && !httpOnly) {
    throw wrong(
      'name',
      name,
      `Browsers drop ${prefix} without HttpOnly. Choose another prefix, or leave out httpOnly: false.`,
    );
  }
}

function formOf({ persistent: _, ...attributes }: Attributes, secure: boolean): CookieForm {
  const name = secure ? attributes.name : attributes.name.replace(PREFIXES, '');
  return cookieForm({ ...attributes, name, secure });
}

function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value))
    throw wrong(
      option,
      value,
      `It is one of: ${choices.map((choice) => inspect(choice)).join(', ')}.`,
    );
}

function wrong(option: string, value: unknown, advice: string): SessionError {
  return invalid(`cookie.${option} is ${inspect(value)}. ${advice}`);
}

function invalid(message: string): SessionError {
  return new SessionError('invalid-option', message);
}
