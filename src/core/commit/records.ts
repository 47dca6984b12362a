import type { Facts } from '../../data/record-format.js';
import type { SessionRecord } from '../../stores/contract.js';
import { SessionError } from '../errors.js';
import { clocksOf, deadline } from '../expiry.js';
import type { Visit } from '../visit.js';
import type { Engine } from './engine.js';

/**
 * The text to store for a commit, with `facts` beside the data.
 * @throws `too-large`, `invalid-value`.
 */
export function encode(
  { settings, writers }: Engine,
  { journal }: Visit,
  commit: string,
  facts: Facts,
): string {
  const text = journal.encode(writers.with(journal.data.writers, commit), commit, facts);
  const { maxLength } = settings;
  if (text.length <= maxLength) return text;
  throw new SessionError(
    'too-large',
    `The session's data is ${text.length} characters long, above maxLength (${maxLength}). Keep less in it, or raise maxLength.`,
  );
}

/** The deadline of a session at an instant: a newcomer's is short until the token comes back. */
export function deadlineOf(
  { settings: { clocks, newcomers } }: Engine,
  visit: Visit,
  facts: Facts,
  createdAt: number,
  at: number,
): number {
  const full = deadline(clocksOf(clocks, facts), createdAt, at);
  return newcomers === undefined ? full : newcomers.deadline(visit, facts, full, at);
}

/** The clocks of a record that is used now. */
export function usedNow(
  engine: Engine,
  visit: Visit,
  facts: Facts,
  createdAt: number,
): Pick<SessionRecord, 'createdAt' | 'touchedAt' | 'expiresAt'> {
  const touchedAt = engine.settings.now();
  const expiresAt = deadlineOf(engine, visit, facts, createdAt, touchedAt);
  return { createdAt, touchedAt, expiresAt };
}

/** The client's address and user agent, if the settings ask for them. */
export function clientFacts(
  { settings }: Engine,
  { request }: Visit,
): Pick<SessionRecord, 'ipAddress' | 'userAgent'> {
  if (!settings.clientFacts) return {};
  const { ipAddress } = request;
  const userAgent = request.header('user-agent')?.slice(0, 500);
  return {
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

/** Whether no token can be sent to the client. If so, reports the reason. */
export function isRefused({ events }: Engine, visit: Visit): boolean {
  const { refusal } = visit.presented;
  if (refusal === undefined) return false;
  events.emit('refused', { reason: refusal });
  visit.note(`no token is sent, and nothing is stored: ${refusal}`);
  return true;
}

/** Another request ended the session, or moved it where this visit cannot follow. */
export function lose({ events }: Engine, visit: Visit, id: string): 'gone' {
  if (visit.journal.isChanged) events.emit('gone', { id });
  visit.note('gone: another request ended or moved the session');
  visit.lose();
  return 'gone';
}
