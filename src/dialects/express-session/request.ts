import type { NodeRequest } from '../../adapters/node.js';
import type { Session } from '../../bridges/connect/session.js';
import type { ParsedCookies, Secret } from './signature.js';

/** The part of a request of Express, connect or Node that is used. */
export interface IncomingRequest extends NodeRequest, ParsedCookies {
  readonly url?: string | undefined;
  readonly originalUrl?: string | undefined;
  /** Of Express, by its setting `trust proxy`. */
  readonly secure?: boolean | undefined;
  /** Of cookieParser. */
  readonly secret?: Secret | undefined;
  session?: unknown;
}

/** A request with what express-session puts on it, which the application may change. */
export interface VisitRequest extends IncomingRequest {
  session?: Session | null | undefined;
  sessionID?: unknown;
  sessionStore?: unknown;
}

/** The path that the client asked for, also within a mounted application. */
export function pathOf({ originalUrl, url }: IncomingRequest): string {
  const target = originalUrl || url || '';
  const path = target.startsWith('/')
    ? target
    : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  return path.replace(/[?#].*$/s, '') || '/';
}

/** Whether a cookie with `path` comes along to `requested` (RFC 6265, section 5.1.4). */
export function isBelow(requested: string, path: string): boolean {
  return (
    requested.startsWith(path) &&
    (path.endsWith('/') || requested.length === path.length || requested[path.length] === '/')
  );
}

/**
 * Whether the client's connection is secure. `proxy`: `true` believes the first proxy, `false`
 * none, `undefined` Express.
 */
export function isSecure(
  { headers, socket, secure }: IncomingRequest,
  proxy: boolean | undefined,
): boolean {
  if (socket.encrypted === true) return true;
  if (proxy !== true) return proxy === undefined && secure === true;
  const [protocol = ''] = String(headers['x-forwarded-proto'] ?? '').split(',');
  return protocol.trim().toLowerCase() === 'https';
}
