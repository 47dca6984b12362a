import { domainFor, domainsOf, hostnameOf } from './cookie-domain.js';
import { type CookieEnding, cookieEnding } from './cookie-ending.js';
import type { CookieAttributes } from './transport.js';

/** What a cookie is called and how it ends, on one kind of request. */
export interface CookieForm {
  readonly name: string;
  /** The name of the second cookie, for a token that does not fit into one. */
  readonly secondName: string;
  /** Whether browsers let only this very host set the name. */
  readonly exclusive: boolean;
  /**
   * What follows the value in the response to a request for `host`, with or without a port.
   * @throws `invalid-option` when a `domain` that is a function gives none for this host.
   */
  ending(request: { readonly host: string }): CookieEnding;
}

/** What {@link cookieForm} needs to know: complete and checked. */
export interface CookieShape extends Omit<CookieAttributes, 'domain' | 'partitioned' | 'priority'> {
  readonly name: string;
  readonly domain: string | ((host: string) => string | undefined) | undefined;
  readonly partitioned: boolean;
  readonly priority: CookieAttributes['priority'] | undefined;
}

export function cookieForm({ name, domain, ...shape }: CookieShape): CookieForm {
  const endingWith = (chosen: string | undefined): CookieEnding =>
    cookieEnding(attributesOf(shape, chosen));
  return {
    name,
    secondName: `${name}.1`,
    exclusive: /^__Host-/i.test(name),
    ending: typeof domain === 'function' ? endingFor(domain) : always(endingWith(domain)),
  };

  function endingFor(choose: (host: string) => string | undefined): CookieForm['ending'] {
    return ({ host }) => endingWith(domainFor(choose, hostnameOf(host)));
  }
}

function always(ending: CookieEnding): CookieForm['ending'] {
  return () => ending;
}

function attributesOf(
  shape: Omit<CookieShape, 'name' | 'domain'>,
  domain: string | undefined,
): CookieAttributes {
  const { path, httpOnly, secure, sameSite, partitioned, priority } = shape;
  return {
    path,
    ...(domain !== undefined && { domain }),
    httpOnly,
    secure,
    sameSite,
    ...(partitioned && { partitioned }),
    ...(priority !== undefined && { priority }),
  };
}

/**
 * The endings under which the host can hold other cookies of the form's name: with each domain
 * that it is in and with none, with the root path, and in the other kind of jar (`Partitioned`). A
 * cookie with a path that we do not use stays unknown.
 */
export function otherEndings(
  { ending, exclusive }: CookieForm,
  request: { readonly host: string },
): CookieEnding[] {
  const { domain: ownDomain, partitioned: isPartitioned, ...own } = ending(request).attributes;
  const domains = exclusive ? [undefined] : [undefined, ...domainsOf(hostnameOf(request.host))];
  const partitions = own.secure ? [false, true] : [false];
  const endings: CookieEnding[] = [];
  for (const path of new Set([own.path, '/'])) {
    for (const domain of domains) {
      for (const partitioned of partitions) {
        const isOwn =
          path === own.path &&
          domain === ownDomain?.toLowerCase() &&
          partitioned === (isPartitioned ?? false);
        const shape = { ...own, path, partitioned, priority: own.priority };
        if (!isOwn) endings.push(cookieEnding(attributesOf(shape, domain)));
      }
    }
  }
  return endings;
}
