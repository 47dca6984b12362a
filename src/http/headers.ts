import type { HeaderPair } from './transport.js';

/** Access to the headers of a response. Web `Headers` fit. */
export interface HeaderTarget {
  get(name: string): string | null | undefined;
  set(name: string, value: string): unknown;
  append(name: string, value: string): unknown;
}

/**
 * Adds the headers of a commit to a response. `Vary` is merged. `Cache-Control: no-store` replaces
 * the handler's value, unless that value also keeps the response out of shared caches (`no-store`
 * or `private`). Any other `Cache-Control` is set only when the handler set none. All other headers
 * are appended.
 */
export function addHeaders(target: HeaderTarget, pairs: readonly HeaderPair[]): void {
  for (const [name, value] of pairs) {
    const present = target.get(name);
    if (name === 'Vary') {
      if (!lists(present, value) && !lists(present, '*'))
        target.set(name, present ? `${present}, ${value}` : value);
    } else if (name === 'Cache-Control') {
      const isKept =
        value === 'no-store' ? lists(present, 'no-store') || lists(present, 'private') : present;
      if (!isKept) target.set(name, value);
    } else {
      target.append(name, value);
    }
  }
}

function lists(header: string | null | undefined, wanted: string): boolean {
  if (!header) return false;
  return header.split(',').some((part) => part.trim().toLowerCase() === wanted.toLowerCase());
}
