import { readOptions } from '../../src/core/options.js';
import { Visit } from '../../src/core/visit.js';
import type { VisitMode } from '../../src/core/visit-states.js';
import type { Facts } from '../../src/data/record-format.js';
import { Request } from '../../src/http/request.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';

/** Visits in each of their states, without a request. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const clock = manualClock();
const settings = readOptions({
  store: memoryStore({ now: clock.now }),
  now: clock.now,
  idleTimeout: '1h',
  lifetime: '10h',
  touchAfter: '3m',
});

/** A visit of a client with a secure connection, or a plain one. */
export function stranger(mode: VisitMode = {}, secure = true): Visit {
  const request = new Request({}, { secure }, settings);
  return new Visit(request, settings.transport.receive(request), settings, mode);
}

interface Stored {
  /** Milliseconds since it began, and since it was last used. */
  age?: number;
  idle?: number;
  facts?: Partial<Facts>;
  mode?: VisitMode;
  secure?: boolean;
  /** The id that the client's token leads to, when the session has another one. */
  via?: string;
  /** Whether an older secret made the client's token. */
  isStale?: boolean;
}

/** A visit of a session that holds a list, a number, and flash of the request before. */
export function stored({
  age = 0,
  idle = 0,
  facts = {},
  mode,
  secure,
  via,
  isStale,
}: Stored = {}): Visit {
  const data = settings.createData();
  data.set('list', [1]);
  data.set('n', 1);
  data.set('note', 'Saved');
  data.flash.set('note', 'commit');
  const text = data.encode([], { handle: 'h', ...facts });
  const createdAt = clock.now() - age;
  const touchedAt = clock.now() - idle;
  const expiresAt = Math.min(touchedAt + HOUR + 3 * MINUTE, createdAt + 10 * HOUR);
  const record = { data: text, createdAt, touchedAt, expiresAt };
  const visit = stranger(mode, secure);
  const held = { id: 'id', token: 'token', record, version: 1 };
  const token = isStale === true ? 'older' : 'token';
  visit.resume(held, settings.createData().fill(text), token, via);
  return visit;
}

export function set(visit: Visit, key = 'n'): Visit {
  visit.journal.replace(key, 2);
  return visit;
}

export function after(visit: Visit, ...changes: ((visit: Visit) => unknown)[]): Visit {
  for (const change of changes) change(visit);
  return visit;
}
