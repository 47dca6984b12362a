import type { Answer, AnswerCookie, HeaderPair } from '../http/transport.js';
import type { Settings } from './options.js';
import type { Visit } from './visit.js';

const NOTHING: Answer = Object.freeze({ headers: Object.freeze([]), cookies: Object.freeze([]) });

/**
 * The headers of the response: the difference between the client's present token and the token that
 * it should have. Computed anew each time, so a second commit gives the same answer.
 */
export function answerOf(
  visit: Visit,
  {
    transport,
    now,
    cacheControl,
    clearSiteData,
  }: Pick<Settings, 'transport' | 'now' | 'cacheControl' | 'clearSiteData'>,
): Answer {
  const token = tokenNews(visit, transport.persistent, now());
  if (token === undefined && !visit.isAccessed) return NOTHING;
  const headers: HeaderPair[] = token === undefined ? [] : [...token.headers];
  if (token !== undefined) headers.push(['Cache-Control', 'no-store']);
  else if (visit.arrival !== undefined && cacheControl !== false)
    headers.push(['Cache-Control', cacheControl]);
  if (visit.hasEnded && visit.where.kind !== 'gone')
    headers.push(...siteDataHeaders(clearSiteData, visit.held !== undefined));
  headers.push(['Vary', transport.vary]);
  return new MadeAnswer(headers, token);
}

/** The parts of the cookies are made only when they are read: most adapters send the headers. */
class MadeAnswer implements Answer {
  readonly headers: readonly HeaderPair[];
  readonly #parts: readonly (Answer | undefined)[];

  constructor(headers: readonly HeaderPair[], ...parts: readonly (Answer | undefined)[]) {
    this.headers = headers;
    this.#parts = parts;
  }

  get cookies(): readonly AnswerCookie[] {
    return this.#parts.flatMap((part) => part?.cookies ?? []);
  }
}

/** Leaves out `cookies` when this answer sends a token: the browser would delete it too. */
function siteDataHeaders(data: Settings['clearSiteData'], isTokenSent: boolean): HeaderPair[] {
  const names = data.filter((name) => !(isTokenSent && name === 'cookies'));
  if (names.length === 0) return [];
  return [['Clear-Site-Data', names.map((name) => `"${name}"`).join(', ')]];
}

function tokenNews(visit: Visit, isPersistentByDefault: boolean, now: number): Answer | undefined {
  const { held, arrival, presented, via, mode } = visit;
  if (mode.isReadOnly === true || mode.outage !== undefined) return undefined;
  if (held === undefined) {
    // An expired cookie of a session that others ended would undo the one that they sent.
    const mustForget = visit.hasEnded && visit.where.kind !== 'gone';
    return mustForget && presented.tokens.length > 0 ? presented.expire() : undefined;
  }
  // Another response carries the token of a session that this client reached by its old one.
  if (via !== undefined) return undefined;
  const { expiresAt } = held.record;
  // Only of a session that is stored: asking for the facts of a new one names it.
  const { facts } = visit;
  const isPersistent = facts.isPersistent ?? isPersistentByDefault;
  const isNews = arrival?.token !== held.token || (isPersistent && arrival.expiresAt !== expiresAt);
  if (!isNews) return undefined;
  const sent = presented.send(held.token, expiresAt - now, facts.isPersistent);
  return presented.tokens.length < 2 ? sent : both(presented.clearOthers(), sent);
}

function both(cleared: Answer, sent: Answer): Answer {
  return new MadeAnswer([...cleared.headers, ...sent.headers], cleared, sent);
}
