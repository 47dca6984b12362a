import type { HeaderPair } from '../http/transport.js';

/**
 * The texts of the protocol: names of headers, structured fields (RFC 9651), session instructions.
 * W3C Device Bound Session Credentials, Editor's Draft of 2026-02-17.
 */

/** What the browser sends, in lower case. */
export const RESPONSE = 'secure-session-response';
export const SESSION_ID = 'sec-secure-session-id';
export const SKIPPED = 'secure-session-skipped';

const CHALLENGE = 'Secure-Session-Challenge';
const REGISTRATION = 'Secure-Session-Registration';

/** A JWT, or an identifier of ours, and nothing that must be quoted. */
const PLAIN = /^[\w.-]+$/;

/** What the browser needs to know of a binding. */
export interface Instructions {
  readonly id: string;
  readonly refreshPath: string;
  readonly origin: string;
  readonly cookie: { readonly name: string; readonly attributes: string };
  readonly refreshInitiators: readonly string[];
}

/** Asks the browser to make a key, and to register it at `path`. */
export function registrationHeader(path: string, challenge: string): HeaderPair {
  const parameters = `path=${quoted(path)};challenge=${quoted(challenge)}`;
  return [REGISTRATION, `(ES256 RS256);${parameters}`];
}

/** Gives the browser the text to sign next. */
export function challengeHeader(id: string, challenge: string): HeaderPair {
  return [CHALLENGE, `${quoted(challenge)};id=${quoted(id)}`];
}

/**
 * The text of a header with one string. Chromium 156 sends it as it is, and the draft says that it
 * is quoted. `undefined` for what none of our texts could be.
 */
export function sentText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, inner] = /^"(.*)"$/s.exec(value) ?? [];
  const text = inner ?? value;
  return PLAIN.test(text) ? text : undefined;
}

/** The session instructions: JSON for the browser. */
export function instructions({
  id,
  refreshPath,
  origin,
  cookie,
  refreshInitiators,
}: Instructions): string {
  return JSON.stringify({
    session_identifier: id,
    refresh_url: refreshPath,
    scope: { origin, include_site: false },
    credentials: [{ type: 'cookie', ...cookie }],
    ...(refreshInitiators.length > 0 && { allowed_refresh_initiators: refreshInitiators }),
  });
}

/** Tells the browser that a binding has ended. */
export function ending(id: string): string {
  return JSON.stringify({ session_identifier: id, continue: false });
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
