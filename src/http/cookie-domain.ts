import { isIP } from 'node:net';
import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`, 'i');
const MAX_DOMAIN_LENGTH = 253;
/** More parents than real hosts have: each one is a `Set-Cookie` line. */
const MAX_PARENTS = 6;

/**
 * The domain of the cookie for a request to `hostname`, when the option is a function.
 * @throws `invalid-option` when the function fails, or returns a domain that a browser would refuse
 * from this host.
 */
export function domainFor(
  choose: (host: string) => string | undefined,
  hostname: string,
): string | undefined {
  if (hostname === '') return undefined;
  let domain: string | undefined;
  try {
    domain = choose(hostname);
  } catch (cause) {
    throw new SessionError(
      'invalid-option',
      `cookie.domain threw for the host ${inspect(hostname)}. Return a domain, or undefined for this host alone.`,
      { cause },
    );
  }
  if (domain === undefined) return undefined;
  const option = `cookie.domain(${inspect(hostname)})`;
  checkDomain(domain, option);
  if (!isWithin(hostname, domain.toLowerCase())) {
    throw wrong(
      option,
      domain,
      'Browsers drop a cookie for a domain that the host is not in. Return the host, a domain above it, or undefined.',
    );
  }
  return domain;
}

/** @throws `invalid-option` when `domain` is not a domain. */
export function checkDomain(domain: unknown, option: string): asserts domain is string {
  if (typeof domain === 'string' && domain.startsWith('.'))
    throw wrong(option, domain, 'Leave out the leading dot: it means the same.');
  if (typeof domain !== 'string' || !DOMAIN.test(domain) || domain.length > MAX_DOMAIN_LENGTH) {
    throw wrong(
      option,
      domain,
      "Write a domain such as 'example.com' (punycode for other alphabets), or leave it out for one host.",
    );
  }
  if (/\.\d+$/.test(domain))
    throw wrong(option, domain, 'A cookie cannot have an address for a domain. Leave it out.');
}

/**
 * The host in lower case, without port or final dot. An invalid host is returned unchanged: no
 * domain matches it.
 */
export function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

/** The domains whose cookies a browser sends to `hostname`: itself, and those above it. */
export function domainsOf(hostname: string): string[] {
  if (isIP(hostname) !== 0 || !DOMAIN.test(hostname) || hostname.length > MAX_DOMAIN_LENGTH)
    return [];
  const labels = hostname.split('.');
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join('.'))
    .slice(-MAX_PARENTS);
}

/** RFC 6265bis, section 5.1.3. */
function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function wrong(option: string, value: unknown, advice: string): SessionError {
  return new SessionError('invalid-option', `${option} is ${inspect(value)}. ${advice}`);
}
