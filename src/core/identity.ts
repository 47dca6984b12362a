import { type Budget, budgetOf } from '../stores/contract/deadline.js';
import { endSession } from './commit/end.js';
import type { Engine } from './commit/engine.js';
import { beginSession, writeSuccessor } from './commit/move.js';
import { update } from './commit/save.js';
import type { LoginFacts, Reason } from './commit/successor.js';
import { isSessionError } from './errors.js';
import { clockMilliseconds, type Duration, LONGEST_COOKIE } from './expiry.js';
import { refuseUnknown } from './known-options.js';
import { invalidOption } from './option-checks.js';
import { checkUserId, limitSessions, placeInOrder } from './users.js';
import type { Visit } from './visit.js';
import type { Outcome } from './visit-states.js';

/** Options of `session.login`. */
export interface LoginOptions {
  /**
   * Which data the session keeps: all (`true`), none (`false`), or the keys in a list. Default: all
   * data of an anonymous visitor or the same user, no data of another user.
   */
  readonly keep?: boolean | readonly string[] | undefined;
  /**
   * How long this session lives without a request. Default: the option `idleTimeout` of
   * `createSessions`.
   */
  readonly idleTimeout?: Duration | undefined;
  /**
   * How long this session lives at most. Up to 400 days, or the option `lifetime` of
   * `createSessions` if that is longer. Default: that option.
   */
  readonly lifetime?: Duration | undefined;
  /**
   * Whether the browser keeps the cookie after it is closed. Default: the cookie option
   * `persistent`.
   */
  readonly persistent?: boolean | undefined;
}

/** Gives the session a new token. */
export async function regenerate(engine: Engine, visit: Visit): Promise<Outcome> {
  const budget = budgetOf(engine.settings.storeTimeout);
  const reason = { kind: 'regenerate' } as const;
  if (visit.held !== undefined) return writeSuccessor(engine, visit, reason, budget);
  const { kind } = visit.where;
  if (kind !== 'nowhere' && kind !== 'planned') return visit.outcome;
  if (visit.journal.isEmpty) return 'unchanged';
  engine.settings.newcomers?.admit(engine, visit);
  return beginSession(engine, visit, reason, budget);
}

/** Gives the session a new token and a user. */
export async function logIn(
  engine: Engine,
  visit: Visit,
  userId: string,
  options: LoginOptions,
): Promise<Outcome> {
  checkUserId(userId);
  const facts = factsOf(options, engine.settings.clocks.lifetime);
  const isOtherUser = visit.userId !== undefined && visit.userId !== userId;
  const order = await placeInOrder(engine, visit, userId);
  keepData(visit, options.keep ?? !isOtherUser);
  const reason: Reason = { kind: 'login', userId, facts: { ...facts, order }, isOtherUser };
  const budget = budgetOf(engine.settings.storeTimeout);
  const outcome = await logInNow(engine, visit, reason, budget);
  try {
    for (const id of visit.rivals)
      await endSession(engine, { id, token: '' }, 'id', 'replaced', budget);
    if (engine.settings.sessionsPerUser !== undefined && outcome !== 'gone') {
      // A login that could not be confirmed is not seen by the others who count.
      if (visit.facts.provisionalUntil !== undefined) await update(engine, visit, budget);
      await limitSessions(engine, visit, userId);
    }
  } catch (error) {
    await takeBack(engine, visit);
    throw error;
  }
  return visit.held === undefined ? visit.outcome : outcome;
}

/** Ends the session of a login that failed at a later step: its token will not reach the client. */
async function takeBack(engine: Engine, visit: Visit): Promise<void> {
  const { held } = visit;
  if (held === undefined) return;
  visit.lose();
  try {
    const budget = budgetOf(engine.settings.storeTimeout);
    await endSession(engine, held, 'id', 'destroyed', budget);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    engine.events.emit('failed', { error });
  }
}

/**
 * The visitor has just proved who they are, so they get a session even if theirs ended or moved.
 */
async function logInNow(
  engine: Engine,
  visit: Visit,
  reason: Reason,
  budget: Budget,
): Promise<Outcome> {
  if (visit.held !== undefined) {
    const outcome = await writeSuccessor(engine, visit, reason, budget);
    if (outcome !== 'gone') return outcome;
  }
  if (visit.where.kind === 'gone') visit.beginWithData();
  return beginSession(engine, visit, reason, budget);
}

function keepData({ journal }: Visit, keep: boolean | readonly string[]): void {
  if (keep !== true) journal.keepOnly(keep === false ? [] : keep);
}

/** @throws `invalid-option`. */
function factsOf(options: LoginOptions, longest: number): Omit<LoginFacts, 'order'> {
  refuseUnknown(options, ['keep', 'idleTimeout', 'lifetime', 'persistent'], 'login');
  const { keep, idleTimeout, lifetime, persistent } = options;
  if (!['boolean', 'undefined'].includes(typeof keep) && !Array.isArray(keep))
    throw invalidOption("keep is not a list. Give true, false, or the keys to keep: ['cart'].");
  if (!['boolean', 'undefined'].includes(typeof persistent))
    throw invalidOption('persistent is neither true nor false.');
  const facts = {
    idleTimeout:
      idleTimeout === undefined ? undefined : clockMilliseconds(idleTimeout, 'idleTimeout'),
    lifetime: lifetime === undefined ? undefined : clockMilliseconds(lifetime, 'lifetime'),
    isPersistent: persistent,
  };
  if ((facts.lifetime ?? 0) <= Math.max(longest, LONGEST_COOKIE)) return facts;
  throw invalidOption(
    `lifetime is ${JSON.stringify(lifetime)}. Give at most '400d', as long as browsers keep a cookie, or raise the option lifetime of createSessions.`,
  );
}
