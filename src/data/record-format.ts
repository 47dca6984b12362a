import { isToken } from '../keys/token.js';
import type { Aside } from './aside.js';
import { isKey } from './path.js';

/**
 * The texts that a store keeps. Every text is one line of JSON behind the mark of its format, then,
 * for a session, the texts of its values one after the other.
 */

/** The first character of every text. Another one is of a later version, and is left alone. */
const FORMAT = '1';

/** What is known of a session beside its data. It travels inside the encoded data. */
export interface Facts {
  /** The session's name for lists of devices: it stays while tokens and ids change. */
  handle: string;
  /** When the user logged in, in epoch milliseconds. */
  loggedInAt?: number | undefined;
  /** Its place among the logins of its user, where sessions per user are limited. */
  order?: number | undefined;
  /** When the user last proved who they are, in epoch milliseconds. */
  provedAt?: number | undefined;
  /** What forms send along, unmasked; see `csrfToken`. */
  csrf?: string | undefined;
  /** What `sojourn/dbsc` keeps: the device that the session is bound to, as text. */
  device?: string | undefined;
  /** The clocks that this login asked for, in milliseconds. */
  idleTimeout?: number | undefined;
  lifetime?: number | undefined;
  /** Whether the browser keeps the cookie when it is closed, where this login decided that. */
  isPersistent?: boolean | undefined;
  /** When a timer last renewed the token, in epoch milliseconds. */
  renewedAt?: number | undefined;
  /** The ids of the moved records that do not know yet that the new token was used. */
  renewedFrom?: readonly string[] | undefined;
  /** Present while a move is under way: the deadline that the record gets once it is decided. */
  provisionalUntil?: number | undefined;
  /** Whose place the record takes once the move is decided; absent for a user's new session. */
  movedFrom?: string | undefined;
}

/** The head of a session's text. */
export interface Header {
  readonly facts: Facts;
  /** The last commit of each process that wrote lately, oldest first. */
  readonly writers: readonly string[];
  /** Keys and the lengths of their texts, in turn. */
  readonly keys: readonly (string | number)[];
  /** Flash keys and the mark of each, in turn. */
  readonly flash: readonly string[];
  /** The version of the data, 1 when the text names none. */
  readonly version: number;
  readonly aside: readonly Aside[];
}

/** What is left in place of a session that moved or ended. */
export interface Trace {
  /** The id that the session has now; absent when it ended. */
  readonly successor?: string | undefined;
  /** Who may follow: clients by their token, or only look-ups by id. */
  readonly follow: 'tokens' | 'ids';
  /** When the successor's token was first used; 0 while it was not. */
  readonly usedAt: number;
  /** The commit that left the trace, so that a lost reply is recognised. */
  readonly commit: string;
  readonly handle: string;
}

interface HeaderLine {
  h: string;
  w: readonly string[];
  k: readonly (string | number)[];
  f?: readonly string[];
  x?: Omit<Facts, 'handle'>;
  v?: number;
  a?: readonly Aside[];
}

interface TraceLine {
  h: string;
  m: readonly [successor: string, follow: 0 | 1, usedAt: number, commit: string];
}

/** The text of a session: its head and the texts of its values. */
export function encodeSession(
  { facts, writers, keys, flash, version, aside }: Header,
  body: string,
): string {
  const line: HeaderLine = { h: facts.handle, w: writers, k: keys };
  if (flash.length > 0) line.f = flash;
  if (version !== 1) line.v = version;
  if (aside.length > 0) line.a = aside;
  for (const name in facts) {
    const value = facts[name as keyof Facts];
    if (name !== 'handle' && value !== undefined) line.x = { ...line.x, [name]: value };
  }
  return `${FORMAT}${JSON.stringify(line)}\n${body}`;
}

/** The head of a session's text and where its values begin; `undefined` when it is damaged. */
export function decodeSession(text: string): (Header & { readonly bodyAt: number }) | undefined {
  const end = text.indexOf('\n');
  const line = parseLine(text, end);
  if (!isHeaderLine(line)) return undefined;
  const { h, w, k, f = [], x, v = 1, a = [] } = line;
  const facts = { handle: h, ...x };
  return { facts, writers: w, keys: k, flash: f, version: v, aside: a, bodyAt: end + 1 };
}

/** The text of a moved record. */
export function encodeTrace({ successor = '', follow, usedAt, commit, handle }: Trace): string {
  const line: TraceLine = {
    h: handle,
    m: [successor, follow === 'tokens' ? 1 : 0, usedAt, commit],
  };
  return `${FORMAT}${JSON.stringify(line)}\n`;
}

/** What the text of a moved record says; `undefined` when it is damaged. */
export function decodeTrace(text: string): Trace | undefined {
  const line = parseLine(text, text.length - 1);
  if (!isTraceLine(line)) return undefined;
  const [successor, follow, usedAt, commit] = line.m;
  return {
    successor: successor === '' ? undefined : successor,
    follow: follow === 1 ? 'tokens' : 'ids',
    usedAt,
    commit,
    handle: line.h,
  };
}

function parseLine(text: string, end: number): unknown {
  if (!text.startsWith(FORMAT) || end < 1) return undefined;
  try {
    return JSON.parse(text.slice(1, end));
  } catch {
    return undefined;
  }
}

function isHeaderLine(line: unknown): line is HeaderLine {
  if (typeof line !== 'object' || line === null) return false;
  const { h, w, k, f, x, v, a } = line as Partial<HeaderLine>;
  return (
    typeof h === 'string' &&
    isTexts(w) &&
    Array.isArray(k) &&
    k.length % 2 === 0 &&
    k.every((part, index) => (index % 2 === 0 ? isKey(part) : isLength(part))) &&
    (f === undefined || isTexts(f)) &&
    (v === undefined || isLength(v)) &&
    (a === undefined || (Array.isArray(a) && a.every(isAside))) &&
    (x === undefined || isFacts(x))
  );
}

function isTraceLine(line: unknown): line is TraceLine {
  if (typeof line !== 'object' || line === null) return false;
  const { h, m } = line as Partial<TraceLine>;
  return (
    typeof h === 'string' &&
    Array.isArray(m) &&
    m.length === 4 &&
    typeof m[0] === 'string' &&
    typeof m[2] === 'number' &&
    typeof m[3] === 'string'
  );
}

function isAside(part: unknown): boolean {
  const { key, text, reason, version } = (part ?? {}) as Partial<Aside>;
  return isKey(key) && typeof reason === 'string' && typeof text === 'string' && isLength(version);
}

function isTexts(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((part) => typeof part === 'string');
}

function isLength(part: unknown): boolean {
  return Number.isSafeInteger(part) && Number(part) > 0;
}

function isFacts(facts: object): boolean {
  return Object.entries(facts).every(([name, value]) => {
    if (name === 'renewedFrom') return isTexts(value);
    if (name === 'movedFrom' || name === 'device') return typeof value === 'string';
    if (name === 'csrf') return typeof value === 'string' && isToken(value);
    if (name === 'isPersistent') return typeof value === 'boolean';
    return typeof value === 'number' && Number.isFinite(value);
  });
}
