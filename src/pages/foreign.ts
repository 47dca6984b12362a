import { type CrossSiteRules, refusalOf } from '../http/cross-site.js';

/**
 * Whether another site sent the request: anything that changes something, and anything that is not
 * a visit by a link.
 */
export function isForeign(request: Request, rules: CrossSiteRules): boolean {
  if (refusalOf(request, rules) !== undefined) return true;
  const site = request.headers.get('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return false;
  if (rules.trustedOrigins.has(request.headers.get('origin') ?? '')) return false;
  return request.headers.get('sec-fetch-mode') !== 'navigate';
}
