import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { checkDomain } from './cookie-domain.js';
import { type CookieForm, cookieForm } from './cookie-form.js';

/**
 * The session cookie's name and attributes. Every default is the strictest that a site with links
 * from elsewhere can live with.
 */
export interface CookieOptions {
  /**
   * The cookie's name. Default `__Host-sid`; `__Secure-sid` with a `domain` or another `path`;
   * `sid` with `secure: false`. With `partitioned` it ends in `-partitioned`, since a browser would
   * send an unpartitioned one of the same name along. The prefixes `__Host-`, `__Secure-`,
   * `__Http-` and `__Host-Http-` are promises that browsers hold us to; without `__Host-`, sibling
   * hosts can plant a second cookie of this name (RFC 6265bis, section 4.1.3).
   */
  name?: string | undefined;
  /**
   * The path below which the cookie is sent. Default `/`. Not a boundary of security: pages under
   * other paths of the host can get at it.
   */
  path?: string | undefined;
  /**
   * Sends the cookie to this domain and every host below it. Default none: only to the host that
   * set it. Every such host can read and plant it. A function chooses for each request by the
   * host's name (lower case, no port): a domain that the host is in, or `undefined` for this host
   * alone. What it returns is checked at each use.
   */
  domain?: string | ((host: string) => string | undefined) | undefined;
  /**
   * Default `true`: the cookie travels over https alone, or to this machine itself (`localhost`,
   * where Safari still wants https). `'auto'`: on a request that is not secure the cookie has
   * neither `Secure` nor a name prefix; for development. `false`: never; whoever sees the traffic
   * has the session.
   */
  secure?: boolean | 'auto' | undefined;
  /**
   * Hides the cookie from scripts. Default `true`; with `false` any script injected into a page can
   * take the session away.
   */
  httpOnly?: boolean | undefined;
  /**
   * Which requests from other sites carry the cookie: `'lax'` (default), only following a link;
   * `'strict'`, none; `'none'`, all, which needs `secure: true` and leaves forged requests to other
   * defences.
   */
  sameSite?: 'lax' | 'strict' | 'none' | undefined;
  /**
   * Gives each site that embeds this one a cookie of its own (CHIPS). Default `false`. Needs
   * `secure: true`.
   */
  partitioned?: boolean | undefined;
  /**
   * Which cookies Chromium drops first when there are too many. Default none, which means medium.
   */
  priority?: 'low' | 'medium' | 'high' | undefined;
  /**
   * `false` (default): the browser forgets the cookie when it is closed. `true`: it keeps it as
   * long as the session can last, at most 400 days; on a shared computer the next person finds it.
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
 * Checks the options and fills in the defaults; the caller's object stays as it is.
 * @throws `invalid-option` for whatever a browser would drop, change or not protect.
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
  const { name = defaultName(path, domain, secure) + (partitioned ? '-partitioned' : '') } =
    options;
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
      `Begin with '/', percent-encode what is not plain ASCII, and stay within ${MAX_ATTRIBUTE_OCTETS} characters.`,
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
