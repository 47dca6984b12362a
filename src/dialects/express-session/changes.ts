import type { ConnectSession } from '../../bridges/connect/contract.js';
import { Cookie, reviveCookie } from '../../bridges/connect/cookie.js';
import type { Session } from '../../bridges/connect/session.js';
import type { Operations } from './operations.js';

/** The JSON text of each property of a session. */
export type Texts = ReadonlyMap<string, string>;

/** What a session was when it was read or stored last. */
export interface Base {
  readonly texts: Texts;
  /** The attributes of its cookie. */
  readonly cookie: string;
}

/** What a handler changed. */
export interface Changes extends Base {
  readonly hasNewData: boolean;
  /** Whether the cookie changed, other than by a touch. */
  readonly hasNewCookie: boolean;
}

export function baseOf(session: ConnectSession | Session): Base {
  return { texts: textsOf(session), cookie: attributesOf(session.cookie) };
}

/** What differs from `base`. */
export function changesOf(session: Session, base: Base): Changes {
  // From a session that was copied as JSON and assigned.
  if (!(session.cookie instanceof Cookie)) session.cookie = reviveCookie(session.cookie);
  const present = baseOf(session);
  return {
    ...present,
    hasNewData: !isSame(present.texts, base.texts),
    hasNewCookie: present.cookie !== base.cookie,
  };
}

/** Whether the data is that of `base`; what JSON cannot hold is a change, and fails when stored. */
export function isUnchanged(session: Session, base: Base): boolean {
  try {
    return isSame(textsOf(session), base.texts);
  } catch {
    return false;
  }
}

/**
 * Takes over what others stored since `base`, unless the handler changed the same. Where it did so
 * by operations alone, they are applied to what others stored. Returns what others stored, which
 * the next merge begins from; `undefined` when it is nothing new.
 */
export function merge(
  session: Session,
  present: ConnectSession,
  base: Base,
  operations: Operations,
): Base | undefined {
  const theirs = baseOf(present);
  if (theirs.cookie === base.cookie && isSame(theirs.texts, base.texts)) return undefined;
  const properties = session as unknown as Record<string, unknown>;
  const { texts, hasNewCookie } = changesOf(session, base);
  for (const key of new Set([...theirs.texts.keys(), ...base.texts.keys()])) {
    const text = theirs.texts.get(key);
    const before = base.texts.get(key);
    if (text === before) continue;
    if (texts.get(key) !== before) operations.replay(session, key, present[key], before);
    else if (text === undefined) delete properties[key];
    else if (!(key in session) || Object.hasOwn(session, key)) properties[key] = present[key];
  }
  if (!hasNewCookie && theirs.cookie !== base.cookie) {
    session.cookie = reviveCookie(present.cookie);
    session.touch();
  }
  return theirs;
}

function isSame(texts: Texts, others: Texts): boolean {
  if (texts.size !== others.size) return false;
  for (const [key, text] of texts) if (others.get(key) !== text) return false;
  return true;
}

function textsOf(session: object): Map<string, string> {
  const texts = new Map<string, string>();
  for (const key of Object.keys(session)) {
    if (key === 'cookie') continue;
    const text: string | undefined = JSON.stringify((session as Record<string, unknown>)[key]);
    if (text !== undefined) texts.set(key, text);
  }
  return texts;
}

/** All about a cookie that does not move with a touch. */
function attributesOf(cookie: Cookie | ConnectSession['cookie']): string {
  const {
    originalMaxAge,
    expires,
    partitioned,
    priority,
    secure,
    httpOnly,
    domain,
    path,
    sameSite,
  } = cookie;
  const age = typeof originalMaxAge === 'number' ? originalMaxAge : (expires ?? null);
  return JSON.stringify([age, partitioned, priority, secure, httpOnly, domain, path, sameSite]);
}
