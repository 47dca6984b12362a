import { hash } from 'node:crypto';
import { CookieAnswer, cookieEnding, expired } from '../http/cookie-ending.js';
import type { Request } from '../http/request.js';
import type { Answer, Presented } from '../http/transport.js';
import type { Budget } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import { beginInherited, type Kept } from './commit/inherit.js';
import { isSessionError } from './errors.js';
import { followPlace, resumed, withoutReplays } from './open.js';
import type { Place } from './persistence.js';
import type { PredecessorCookie } from './predecessor.js';
import { Visit } from './visit.js';
import type { VisitMode } from './visit-states.js';

const PREFIX = /^__(?:host|secure|http|host-http)-/i;

/** One request with the cookie of another system. */
export interface Heir {
  /** Of the system. */
  readonly name: string;
  readonly cookie: PredecessorCookie;
  /** Of all its cookies. */
  readonly names: readonly string[];
  readonly read: () => Promise<Kept | undefined>;
  readonly end: () => Promise<unknown>;
  readonly engine: Engine;
  readonly request: Request;
  readonly presented: Presented;
  readonly mode: VisitMode;
  readonly budget: Budget;
  /** Where it is remembered that the session was taken over. */
  readonly place: Place;
}

/** Where it is remembered that a session was taken over: a hash of what no token can be. */
export function placeOf(cookie: string, key: string): Place {
  return { id: hash('sha256', JSON.stringify([cookie, key]), 'base64url'), token: '' };
}

async function isTaken({ engine, place, budget }: Heir): Promise<boolean> {
  return (await engine.settings.persistence.read(place, budget)) !== undefined;
}

function visitOf(heir: Heir, inherited: 'live' | 'spent', reasons: string[] = []): Visit {
  const { engine, request, mode } = heir;
  const visit = new Visit(request, leaving(heir, inherited), engine.settings, mode);
  for (const reason of reasons) visit.note(reason);
  return visit;
}

/** The way to answer the client, which also removes the old cookie. */
function leaving(
  { presented, request, cookie, names }: Heir,
  inherited: 'live' | 'spent',
): Presented {
  const { tokens, exclusive, refusal } = presented;
  const { path = '/', domain, partitioned } = cookie;
  const ending = cookieEnding({
    path,
    ...(domain !== undefined && { domain }),
    httpOnly: true,
    // A browser takes no other for a cookie with such a name, and this one over TLS alone.
    secure: request.secure || PREFIX.test(cookie.name),
    sameSite: 'lax',
    ...(partitioned === true && { partitioned }),
  });
  const removed = new CookieAnswer(
    names.map((name) => ({ name, value: '', ending: expired(ending) })),
  );
  return {
    tokens,
    exclusive,
    refusal,
    inherited,
    send: (token, maxAge, isPersistent) =>
      joined(removed, presented.send(token, maxAge, isPersistent)),
    expire: () => (tokens.length === 0 ? removed : joined(removed, presented.expire())),
    clearOthers: () => presented.clearOthers(),
  };
}

function joined(one: Answer, other: Answer): Answer {
  return {
    headers: [...one.headers, ...other.headers],
    cookies: [...one.cookies, ...other.cookies],
  };
}

/**
 * The visit of a session that another system kept. The first request begins a session of ours, and
 * leaves a trace in the place of the old one. All others follow the trace, as with a renewed token:
 * requests at the same moment share one session, and an old cookie that is used long after ends it.
 */
export async function inherit(heir: Heir): Promise<Visit | string | undefined> {
  if (!(await isTaken(heir))) {
    const old = await heir.read();
    if (old !== undefined) {
      const visit = await begin(heir, old);
      if (visit !== undefined) return visit;
    } else if (!(await isTaken(heir))) return `${heir.name} has no session any more`;
  }
  return followTrace(heir);
}

/** Begins a session of ours; `undefined` when another request was faster. */
async function begin(heir: Heir, kept: Kept): Promise<Visit | string | undefined> {
  const { name, engine, place, mode, budget } = heir;
  const { refusal } = heir.presented;
  if (refusal !== undefined && mode.isReadOnly !== true) {
    engine.events.emit('refused', { reason: refusal });
    return `the session of ${name} stays where it is: ${refusal}`;
  }
  const visit = visitOf(heir, 'live');
  if (!(await beginInherited(engine, visit, place, kept, budget))) return undefined;
  visit.note(`inherited: the session began with what ${name} kept`);
  if (mode.isReadOnly === true) return visit;
  if (visit.held !== undefined) {
    const subject = { id: visit.held.id, handle: visit.facts.handle, userId: kept.userId };
    engine.events.emit('created', subject);
    engine.events.emit('inherited', { ...subject, from: name });
  }
  try {
    await heir.end();
  } catch (error) {
    // The trace keeps the old cookie from being used again.
    if (!isSessionError(error)) throw error;
    engine.events.emit('failed', { error });
  }
  return visit;
}

async function followTrace(heir: Heir): Promise<Visit> {
  const { name, engine, request, place, mode, budget } = heir;
  const reasons: string[] = [];
  const { now, rotationOverlap } = engine.settings;
  const candidate = await followPlace(engine, place, undefined, budget, reasons);
  if (typeof candidate === 'string') {
    const visit = visitOf(heir, 'live');
    visit.lose();
    engine.events.emit('gone', { id: candidate });
    visit.note('gone: the session that inherited ended, or another answer carries its token');
    return visit;
  }
  const candidates = candidate === undefined ? [] : [candidate];
  const [live] = await withoutReplays(engine, candidates, budget, reasons);
  if (live === undefined) {
    const visit = visitOf(heir, 'spent', reasons);
    visit.note(`new: the cookie of ${name} was used, and the session that inherited ended`);
    return visit;
  }
  const { held, data } = live.found;
  const age = now() - (data.facts.renewedAt ?? held.record.createdAt);
  const lacking: VisitMode = { ...mode, lacksToken: age >= rotationOverlap };
  return resumed(engine, request, leaving(heir, 'live'), lacking, live, reasons);
}
