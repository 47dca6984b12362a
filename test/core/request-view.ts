import type { Answer, RequestView } from '../../src/http/transport.js';

/** A request as a transport sees it. */
export function requestView(headers: Record<string, string> = {}, secure = true): RequestView {
  return {
    header: (name) => headers[name],
    host: headers.host ?? '',
    secure,
    insecureReason: secure ? '' : 'The connection is plain http.',
  };
}

/** A request with a Cookie header. */
export function withCookies(cookie: string, secure = true): RequestView {
  return requestView({ cookie, host: 'app.example.com' }, secure);
}

/** What the Set-Cookie headers say. */
export function cookieTexts({ headers }: Answer): string[] {
  return headers.map(([, value]) => value);
}
