import type { HeaderPair } from './transport.js';

/** The headers of a response as an adapter shows them; web `Headers` are one. */
export interface HeaderTarget {
  get(name: string): string | null | undefined;
  set(name: string, value: string): unknown;
  append(name: string, value: string): unknown;
}

/**
 * Adds the headers of a commit to a response: `Vary` is merged, and a `Cache-Control` of the
 * handler's own stays when it keeps shared caches away as well (`no-store` or `private`). All else
 * is appended.
 */
export function addHeaders(target: HeaderTarget, pairs: readonly HeaderPair[]): void {
  for (const [name, value] of pairs) {
    const present = target.get(name);
    if (name === 'Vary') {
      if (!lists(present, value) && !lists(present, '*'))
        target.set(name, present ? `${present}, ${value}` : value);
    } else if (name === 'Cache-Control') {
      if (!lists(present, 'no-store') && !lists(present, 'private')) target.set(name, value);
    } else {
      target.append(name, value);
    }
  }
}

function lists(header: string | null | undefined, wanted: string): boolean {
  return (header ?? '')
    .split(',')
    .some((part) => part.trim().toLowerCase() === wanted.toLowerCase());
}
