import type { HeaderPair, RequestView } from '../../src/http/transport.js';

/** A request as a transport sees it. */
export function requestView(headers: Record<string, string> = {}, secure = true): RequestView {
  return {
    header: (name) => headers[name],
    secure,
    insecureReason: secure ? '' : 'The connection is plain http.',
  };
}

/** A request with a Cookie header. */
export function withCookies(cookie: string, secure = true): RequestView {
  return requestView({ cookie, host: 'app.example.com' }, secure);
}

/** What the Set-Cookie headers say. */
export function cookieTexts(pairs: readonly HeaderPair[]): string[] {
  return pairs.map(([, value]) => value);
}
