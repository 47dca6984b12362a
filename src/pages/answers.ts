import type { Html } from './html.js';

/**
 * What every answer says. Forms send their origin only where the referrer policy lets them, so it
 * is `same-origin` and not `no-referrer`.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex',
  Vary: 'Accept, Sec-Fetch-Site, Origin',
};

export function answer(
  body: string | ReadableStream<Uint8Array> | null,
  type: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(body, { status, headers: { ...HEADERS, 'Content-Type': type, ...headers } });
}

export function textAnswer(text: string, status: number): Response {
  return answer(`${text}\n`, 'text/plain; charset=utf-8', { status });
}

export function pageAnswer(page: Html, status = 200): Response {
  return answer(page.text, 'text/html; charset=utf-8', { status });
}

/** JSON of whatever a session holds, also of what other codecs keep. */
export function jsonAnswer(value: unknown, status = 200): Response {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return String(part);
    if (part instanceof Map || part instanceof Set) return [...part];
    return part;
  });
  return answer(text, 'application/json; charset=utf-8', { status });
}

/** To another page of the same site, by GET. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...HEADERS, Location: location } });
}

/** Whether a page is wanted, as by a browser that follows a link or sends a form. */
export function wantsPage({ headers }: Request): boolean {
  return /\btext\/html\b/i.test(headers.get('accept') ?? '');
}
