import type { Call, History, Run } from './history.js';
import { applyAll, EMPTY, type Operation, type StoredContent } from './model.js';
import { USER } from './outside.js';
import { judgeRecords, names, type Records, short } from './records.js';

/** What a run was told that its commit or its verb came to. */
export interface Acknowledgement {
  readonly run: Run;
  readonly device: number;
  /** The step or the verb. */
  readonly kind: string;
  readonly outcome: string;
  /** How many sessions a verb from outside changed or ended. */
  readonly count: number;
  readonly operations: readonly Operation[];
  readonly startedAt: number;
  readonly at: number;
  /** The clock at that time. */
  readonly since: number;
  /** Whether the request's session was stored. */
  readonly isHeld?: boolean | undefined;
  /** The id of the session that a verb of the handler ended or moved. */
  readonly ended?: string | undefined;
  /** Its handle. */
  readonly endedHandle?: string | undefined;
  /** The id that a verb from outside named. */
  readonly target?: string | undefined;
  /** The session's handle; for a verb from outside, the one that it named. */
  readonly handle: string | undefined;
}

/** A token that a request came with, and where it led. */
export interface Opening {
  readonly run: Run;
  readonly device: number;
  readonly isOld: boolean;
  readonly id: string;
  readonly handle: string | undefined;
  readonly startedAt: number;
  readonly since: number;
  readonly isFound: boolean;
  /** Whether the request was told that its token is dead. */
  readonly isDead: boolean;
}

/** All that was seen of one exploration. */
export interface Evidence {
  readonly history: History;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly openings: readonly Opening[];
  /** What each id that was ever stored holds at the end. */
  readonly remains: ReadonlyMap<string, StoredContent | undefined>;
  /** The clock at the end. */
  readonly now: number;
  /** How many sessions a user may have, at the end. */
  readonly limit: number | undefined;
  readonly hasFaults: boolean;
  /** Devices that nobody may sign out: no verb ended or moved their session. */
  readonly signedIn: ReadonlySet<number>;
}

const WRITES: ReadonlySet<string> = new Set(['created', 'updated', 'regenerated']);
/** `deadFor` and `rotationOverlap` of the sessions under test, in milliseconds. */
const DEAD_FOR = 30_000;

/** Says what in a history cannot be explained by the promises of the core. Empty when all can. */
export function judge(evidence: Evidence): string[] {
  const { history, acknowledgements, openings, remains, limit, now, hasFaults } = evidence;
  const records = judgeRecords(history, remains, now);
  const wrong = [...records.wrong];
  judgeCounts();
  judgeEnds();
  judgeSurvivors();
  judgeGone();
  judgeUsers();
  if (limit !== undefined) judgeLimit(limit);
  judgeSignedIn();
  return wrong;

  /** Each change that was acknowledged counts once, and no other. */
  function judgeCounts(): void {
    for (const { run, kind, outcome, operations, isHeld, count, at } of acknowledgements) {
      if (operations.length === 0) continue;
      const writes = writesOf(records, run, operations);
      const isLeft = (write: Call): boolean => !hasEnded(write, at);
      const isOptional = hasFaults && operations.every((operation) => operation.kind === 'expire');
      const times = `its changes were written ${writes.length} times`;
      const told = `${run.name} was told '${outcome}' of ${kind}`;
      if (kind === 'change user') {
        const isRight = writes.length >= count && writes.filter(isLeft).length <= count;
        if (outcome !== 'failed' && !isRight) wrong.push(`${told}, and ${times}`);
      } else if (outcome === 'failed') {
        if (writes.length > 1) wrong.push(`${told}, and ${times}`);
      } else if (WRITES.has(outcome)) {
        const isOnce = writes.length === 1 || writes.filter(isLeft).length === 1;
        const wasOver = outcome === 'created' && wasEnded(run, operations);
        if (!isOnce && !isOptional && !wasOver) wrong.push(`${told}, and ${times}`);
      } else if (writes.some(isLeft) && !isOptional) {
        wrong.push(`${told}, and ${names(writes)} counted`);
      }
      const isUntold = outcome === 'unchanged' || outcome === 'touched';
      const isEmpty = Object.keys(applyAll(EMPTY, operations).data).length === 0;
      if (isUntold && !isOptional && (isHeld || !isEmpty)) wrong.push(`${told}, and had changes`);
    }
  }

  /** Whether the session that a login began was ended before the login was confirmed. */
  function wasEnded(run: Run, operations: readonly Operation[]): boolean {
    const made = history.calls.filter(
      (call) => call.verb === 'create' && call.run === run && call.operations === operations,
    );
    return made.some(({ id }) =>
      history.calls.some((call) => call.id === id && call.content?.trace !== undefined),
    );
  }

  /** Whether the session that a write made was ended before `at`: there were too many. */
  function hasEnded({ id }: Call, at: number): boolean {
    return history.calls.some(
      (call) => call.id === id && call.content?.trace !== undefined && call.startedAt < at,
    );
  }

  /** No opening that began after an acknowledged end finds the session by the token that it had. */
  function judgeEnds(): void {
    for (const { run, kind, outcome, at, since, ended, target } of acknowledgements) {
      const id = ended ?? (outcome === 'true' ? target : undefined);
      if (id === undefined) continue;
      for (const late of openings) {
        if (late.startedAt < at || records.origin(late.id) !== records.origin(id)) continue;
        const when = `${late.run.name} came after ${run.name} was told '${outcome}' of ${kind}`;
        if (late.isFound) wrong.push(`${when}, and opened ${short(late.id)}`);
        else if (!late.isDead && late.since - since < DEAD_FOR)
          wrong.push(`${when}, and is a stranger`);
      }
    }
  }

  /** A session that was ended is nowhere, also when another request moved it meanwhile. */
  function judgeSurvivors(): void {
    for (const { run, kind, outcome, startedAt, endedHandle } of acknowledgements) {
      if (endedHandle === undefined || outcome !== 'destroyed') continue;
      for (const [id, { handle }] of live()) {
        if (handle !== endedHandle || loggedInSince(handle, startedAt)) continue;
        wrong.push(`${short(id)} survived ${run.name}, told '${outcome}' of ${kind}`);
      }
    }
  }

  /** Nobody is told that a session is gone while it lives where the run may follow. */
  function judgeGone(): void {
    for (const { run, kind, outcome, isHeld, target, handle, at, since } of acknowledgements) {
      const isOutside = target !== undefined && kind.startsWith('change');
      if (outcome !== 'gone' || (isHeld !== true && !isOutside)) continue;
      const reason = history.calls.find(({ content, startedAt }) => {
        if (content?.trace === undefined || startedAt > at) return false;
        if (content.expiresAt <= since) return true;
        return isOutside
          ? content.trace.successor === undefined || content.handle !== handle
          : content.trace.follow === 'ids';
      });
      if (reason === undefined) wrong.push(`${run.name} was told 'gone' of ${kind} by nobody`);
    }
  }

  /** After `destroyUser` none of the user's sessions is left that had logged in before. */
  function judgeUsers(): void {
    for (const { run, kind, outcome, startedAt, at, handle } of acknowledgements) {
      if (!kind.startsWith('destroy user') || kind.endsWith('(bob)')) continue;
      const ended = history.calls.filter(
        (call) =>
          call.run === run &&
          call.verb === 'update' &&
          call.content?.trace !== undefined &&
          call.startedAt > startedAt &&
          call.endedAt < at,
      );
      for (const { content } of ended) {
        if (kind.includes('except') && content?.handle === handle)
          wrong.push(`${run.name} ended the session that it was to keep`);
        if (kind.endsWith('only') && content?.handle !== handle)
          wrong.push(`${run.name} ended another session than it was to`);
      }
      if (outcome === 'failed') continue;
      for (const [id, content] of live()) {
        if (content.userId !== USER || mayLive(kind, content.handle, handle)) continue;
        if (loggedInSince(content.handle, startedAt)) continue;
        wrong.push(`${short(id)} survived ${run.name}, told '${outcome}' of ${kind}`);
      }
    }
  }

  function mayLive(kind: string, handle: string, named: string | undefined): boolean {
    if (kind.includes('except')) return handle === named;
    return kind.endsWith('only') && handle !== named;
  }

  /** Whether a login wrote this session when or after a verb began. */
  function loggedInSince(handle: string, startedAt: number): boolean {
    const logins = acknowledgements.filter(({ kind }) => kind.startsWith('login'));
    return logins.some(
      (login) => (login.handle === handle || login.outcome === 'failed') && login.at > startedAt,
    );
  }

  function live(): [string, StoredContent][] {
    const found: [string, StoredContent][] = [];
    for (const [id, content] of remains) {
      if (content === undefined || content.trace !== undefined || content.isProvisional) continue;
      found.push([id, content]);
    }
    return found;
  }

  function judgeLimit(max: number): void {
    const users = new Map<string, Set<string>>();
    for (const [, { userId, handle }] of live())
      if (userId !== undefined) users.set(userId, (users.get(userId) ?? new Set()).add(handle));
    for (const [userId, { size }] of users)
      if (size > max && !hasFaults) wrong.push(`${userId} has ${size} sessions, above ${max}`);
    const logins = acknowledgements.filter(
      ({ kind, outcome }) => kind.startsWith('login') && WRITES.has(outcome),
    );
    const ends = acknowledgements.some(({ kind }) => /destroy|invalidate|revoke|bob/.test(kind));
    if (logins.length > 0 && !ends && users.size === 0) wrong.push('logins left no session at all');
  }

  function judgeSignedIn(): void {
    const last = openings.filter(({ run }) => run.name.startsWith('last'));
    for (const { device, isFound, run } of last)
      if (evidence.signedIn.has(device) && !isFound) wrong.push(`${run.name} is signed out`);
  }
}

function writesOf({ effective }: Records, run: Run, operations: readonly Operation[]): Call[] {
  return [...effective].filter((write) => write.run === run && write.operations === operations);
}
