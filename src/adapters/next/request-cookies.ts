import type { AnswerCookie } from '../../http/transport.js';

/** The `Cookie` header as it would be if the browser had these cookies of the answer already. */
export function withCookies(
  header: string | null | undefined,
  cookies: readonly AnswerCookie[],
): string {
  const latest = new Map(cookies.map((cookie) => [cookie.name, cookie]));
  const kept = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !latest.has(nameOf(pair)));
  const added = [...latest.values()]
    .filter(({ attributes }) => attributes.maxAge !== 0)
    .map(({ name, value }) => `${name}=${value}`);
  return [...kept, ...added].join('; ');
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0]?.trim() ?? '';
}
