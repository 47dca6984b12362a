import type { SessionOptions } from '../../src/core/options.js';
import { createSessions, headerTransport, type Session } from '../../src/index.js';
import { type NewcomersOptions, newcomers } from '../../src/newcomers/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { sentToken } from '../core/visits.js';

export interface Data {
  views: number;
  note: string;
}

export const MINUTE = 60_000;
export const FULL = 2 * 60 * MINUTE + MINUTE;
export const HERE = '192.0.2.1';

export function server(options: NewcomersOptions = {}, others: Partial<SessionOptions> = {}) {
  const clock = manualClock(Date.UTC(2026, 10, 28));
  const store = memoryStore({ now: clock.now });
  const sessions = createSessions<Data>({
    store,
    now: clock.now,
    transport: headerTransport('x-session'),
    newcomers: newcomers(options),
    ...others,
  });
  const throttled: object[] = [];
  const failed: object[] = [];
  sessions.on('throttled', (event) => throttled.push(event));
  sessions.on('failed', (event) => failed.push(event));

  const open = (token = '', address = HERE): Promise<Session<Data>> =>
    sessions.open(token === '' ? {} : { 'x-session': token }, { remoteAddress: address });

  /** One request; gives the token that the client has afterwards. */
  async function visit(
    handler: (session: Session<Data>) => unknown = (session) => session.increment('views'),
    token = '',
    address = HERE,
  ): Promise<string> {
    const session = await open(token, address);
    await handler(session);
    return sentToken(await sessions.commit(session)) ?? token;
  }

  /** How long the session of a token has left, in milliseconds. */
  async function left(token: string): Promise<number> {
    const page = await sessions.open({ 'x-session': token }, {}, { readOnly: true });
    return page.isNew ? 0 : page.expiresAt - clock.now();
  }
  return { clock, store, sessions, open, visit, left, throttled, failed };
}
