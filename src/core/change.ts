import { Request } from '../http/request.js';
import type { Presented } from '../http/transport.js';
import { budgetOf } from '../stores/contract/deadline.js';
import type { Engine } from './commit/engine.js';
import { perform, stepOf } from './commit/perform.js';
import { SessionError } from './errors.js';
import { clocksOf, expiredBy } from './expiry.js';
import { type Found, find } from './renewal.js';
import { Session } from './session.js';
import { sessionsOfUser, type UserStore } from './users.js';
import { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/** There is no response, so no token can be sent. */
const NO_CLIENT: Presented = {
  tokens: [],
  exclusive: false,
  refusal: 'A change from outside a request cannot send a new token. Use login in a request.',
  send: () => ({ headers: [], cookies: [] }),
  expire: () => ({ headers: [], cookies: [] }),
  clearOthers: () => ({ headers: [], cookies: [] }),
};

/** How often {@link changeSessionsOf} looks again for new sessions of the user. */
const MAX_SWEEPS = 50;

/** Changes the session with this id, wherever it is by now. It does not count as use. */
export async function changeSession<Data extends object>(
  engine: Engine,
  id: string,
  task: (session: Session<Data>) => unknown,
): Promise<Outcome> {
  const { settings } = engine;
  const { clocks, now, storeTimeout } = settings;
  const found = await findDecided(engine, id);
  if (found?.kind !== 'session') return 'gone';
  const { held, data } = found;
  if (expiredBy(clocksOf(clocks, data.facts), held.record, now()) !== undefined) return 'gone';
  const visit = new Visit(new Request({}, {}, settings), NO_CLIENT, settings, {
    isUse: false,
    keepsFlash: true,
    lookUp: 'id',
  });
  visit.resume(held, data, held.token, undefined);
  await task(new Session<Data>(visit, engine));
  await visit.turns.ended();
  if (visit.failure !== undefined) throw visit.failure;
  return perform(engine, visit, stepOf(engine, visit), budgetOf(storeTimeout));
}

/**
 * Changes every session of a user once, and returns how many. Ends when a sweep finds no new
 * session.
 * @throws `conflict` when sessions keep appearing.
 */
export async function changeSessionsOf<Data extends object>(
  engine: Engine,
  store: UserStore,
  userId: string,
  task: (session: Session<Data>) => unknown,
): Promise<number> {
  const seen = new Set<string>();
  let changed = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    const sessions = await sessionsOfUser(engine, store, userId);
    const unseen = sessions.filter(({ data }) => !seen.has(data.facts.handle));
    if (unseen.length === 0) return changed;
    for (const { id, data } of unseen) {
      seen.add(data.facts.handle);
      if ((await changeSession(engine, id, task)) === 'updated') changed++;
    }
  }
  throw new SessionError(
    'conflict',
    `Sessions of this user kept beginning while ${changed} were changed. Block the user's logins, then try again.`,
  );
}

/**
 * The session with this id. If the session is about to move, waits for the move, at most for one
 * budget: the request that moves it goes on from the record that it wrote.
 */
async function findDecided({ settings }: Engine, id: string): Promise<Found | undefined> {
  const budget = budgetOf(settings.storeTimeout);
  for (;;) {
    const found = await find({ id, token: '' }, 'id', settings, budgetOf(settings.storeTimeout));
    if (found?.kind !== 'session' || found.data.facts.provisionalUntil === undefined) return found;
    const isOld = settings.now() - found.held.record.touchedAt > settings.storeTimeout;
    if (isOld || performance.now() >= budget.endsAt) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
