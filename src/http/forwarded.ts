import { isIP } from 'node:net';

/** `[IPv6]` or `[IPv6]:port`. */
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
/** `IPv4:port`. Without brackets the colons of an IPv6 address leave no place for a port. */
const WITH_PORT = /^([\d.]+):\d{1,5}$/;

/**
 * The address in one entry of `X-Forwarded-For`, as proxies write it: alone, with a port, in
 * brackets, in quotes (RFC 7239, section 6). `undefined` when the entry holds none, such as
 * `unknown`.
 */
export function forwardedAddress(entry: string): string | undefined {
  const plain = entry.replace(/^"(.*)"$/, '$1');
  const [, inBrackets] = BRACKETED.exec(plain) ?? [];
  if (inBrackets !== undefined) return isIP(inBrackets) === 6 ? inBrackets : undefined;
  const address = WITH_PORT.exec(plain)?.[1] ?? plain;
  return isIP(address) === 0 ? undefined : address;
}
