import { isDeepStrictEqual } from 'node:util';
import type { Call, History } from './history.js';
import { applyAll, type Content, EMPTY, isAlike, type StoredContent } from './model.js';

/** What the records say, once they are found to be sound. */
export interface Records {
  /** The writes that count, of all sessions. */
  readonly effective: ReadonlySet<Call>;
  /** The first id of the session that clients reach by `id`. */
  origin(id: string): string;
  /** What is wrong. */
  readonly wrong: readonly string[];
}

/**
 * Judges each record by itself: that every write is on top of the one before, that it holds what
 * the model says, that nothing follows a session's end, and that the record is there at last.
 */
export function judgeRecords(
  { calls }: History,
  remains: ReadonlyMap<string, StoredContent | undefined>,
  now: number,
): Records {
  const wrong: string[] = [];
  const effective = new Set<Call>();
  const parents = new Map<string, string>();
  for (const id of new Set(calls.map((call) => call.id))) judgeRecord(id);
  return { effective, origin, wrong };

  function origin(id: string): string {
    const parent = parents.get(id);
    return parent === undefined ? id : origin(parent);
  }

  function called(id: string, ...verbs: readonly Call['verb'][]): Call[] {
    return calls.filter((call) => call.id === id && verbs.includes(call.verb));
  }

  /** The writes of one id, each on the version that the one before left. */
  function chainOf(id: string): Call[] {
    const [first, ...others] = called(id, 'create');
    const end = called(id, 'destroy')[0]?.endedAt ?? Number.POSITIVE_INFINITY;
    const isRevived = others.some(({ content, startedAt }) => {
      return startedAt < end || content?.isProvisional !== true;
    });
    if (first === undefined || isRevived) {
      wrong.push(`${short(id)} was created ${others.length + (first ? 1 : 0)} times`);
      return [];
    }
    const chain = [first];
    const updates = new Set(called(id, 'update'));
    for (let last = first; ; ) {
      const next = [...updates].filter(({ from }) => isDeepStrictEqual(from, last.version));
      if (next.length > 1)
        wrong.push(`${next.length} updates of ${short(id)} met one version: ${names(next)}`);
      const [update] = next;
      if (update === undefined) break;
      updates.delete(update);
      chain.push(update);
      last = update;
    }
    if (updates.size > 0)
      wrong.push(`updates of ${short(id)} met a version it never had: ${names([...updates])}`);
    return chain;
  }

  function judgeRecord(id: string): void {
    const chain = chainOf(id);
    const [first] = chain;
    const last = chain.at(-1);
    if (first === undefined || last === undefined) return;
    judgeEnd(id, chain);
    judgeRemains(id, last);
    const entry = first.content?.isProvisional ? judgeEntry(id, first, chain) : 0;
    if (entry === undefined) return;
    for (const [index, write] of chain.entries()) {
      if (index < entry || write.content?.trace !== undefined) continue;
      const before = chain[index - 1]?.content ?? EMPTY;
      if (index > entry && isConfirmation(write, chain.slice(entry, index))) {
        if (!isAlike(write.content ?? EMPTY, before)) blame(id, write, before);
        continue;
      }
      effective.add(write);
      if (index > entry || !first.content?.isProvisional) judgeWrite(id, write, before);
    }
  }

  /** Nothing but traces follows a trace, and nothing at all a record that was destroyed. */
  function judgeEnd(id: string, chain: readonly Call[]): void {
    const traced = chain.findIndex(({ content }) => content?.trace !== undefined);
    const revived = chain.slice(traced).filter(({ content }) => content?.trace === undefined);
    if (traced >= 0 && revived.length > 0)
      wrong.push(`${short(id)} had ended, and was revived by ${names(revived)}`);
    const [end] = called(id, 'destroy');
    if (end === undefined) return;
    if (!chain.every(({ content }) => content?.isProvisional || content?.trace))
      wrong.push(`${short(id)} was a session, and ${end.run.name} destroyed it without a trace`);
    // A create that was sent twice may come after it: a provisional record that nobody leads to.
    if (called(id, 'create').some(({ startedAt }) => startedAt > end.endedAt)) return;
    const after = called(id, 'read', 'update', 'touch').filter(
      ({ startedAt }) => startedAt > end.endedAt,
    );
    if (after.length > 0)
      wrong.push(`${short(id)} was destroyed, and after that there was ${names(after)}`);
  }

  function judgeRemains(id: string, last: Call): void {
    const present = remains.get(id);
    const wasDestroyed = called(id, 'destroy').length > 0;
    const { content } = last;
    if (present === undefined) {
      const touches = called(id, 'touch').filter(({ startedAt }) => startedAt > last.endedAt);
      const isDue = (content?.expiresAt ?? 0) <= now && touches.length === 0;
      if (!wasDestroyed && !isDue) wrong.push(`${short(id)} is gone, and nobody destroyed it`);
      return;
    }
    if (wasDestroyed && called(id, 'create').length === 1)
      wrong.push(`${short(id)} was destroyed, and is there`);
    const same = { ...present, expiresAt: content?.expiresAt };
    if (!wasDestroyed && !isDeepStrictEqual(same, content))
      wrong.push(`${short(id)} holds ${show(present)}, and the last write was ${show(content)}`);
  }

  /**
   * Finds the write of `chain` from which on the record is a session: the last one before the move
   * was decided. `undefined` when it never was.
   */
  function judgeEntry(id: string, first: Call, chain: readonly Call[]): number | undefined {
    const decision = calls.find((call) => isDecision(call, id, first.content?.writers.at(-1)));
    if (decision === undefined) return judgeBeginning(id, first, chain);
    const { trace } = decision.content ?? {};
    if (trace?.follow === 'tokens') parents.set(id, decision.id);
    const entry = chain.findLastIndex(
      ({ endedAt, content }) => endedAt < decision.startedAt && content?.trace === undefined,
    );
    const before = [...called(decision.id, 'create', 'update')].find(({ version }) =>
      isDeepStrictEqual(version, decision.from),
    );
    const write = chain[entry];
    if (write === undefined) wrong.push(`${short(id)} was moved to before it was there`);
    else judgeWrite(id, write, before?.content ?? EMPTY);
    return entry;
  }

  /** A login without a session: it begins with what its request saw. */
  function judgeBeginning(id: string, first: Call, chain: readonly Call[]): number | undefined {
    const counts = chain.some(({ content }) => {
      if (content?.trace === undefined) return !content?.isProvisional;
      const { successor, commit } = content.trace;
      return (
        successor !== undefined || calls.some(({ content }) => content?.writers.includes(commit))
      );
    });
    if (!counts) return undefined;
    const seen = calls.filter(({ content }) => content !== undefined && !content.trace);
    const bases: Content[] = [first.base, ...seen.map(({ content }) => content ?? EMPTY)];
    const { content = EMPTY, operations } = first;
    if (!bases.some((base) => isAlike(content, applyAll(base, operations))))
      blame(id, first, first.base);
    return 0;
  }

  function judgeWrite(id: string, write: Call, before: Content): void {
    const expected = applyAll(before, write.operations);
    if (write.content === undefined || !isAlike(write.content, expected)) blame(id, write, before);
  }

  function blame(id: string, { run, verb, content, operations }: Call, before: Content): void {
    const expected = applyAll(before, operations);
    wrong.push(
      `${run.name} ${verb}d ${short(id)} to ${show(content)}; expected ${show(expected)} after ${show(before)}`,
    );
  }
}

/** Whether a write retired the old record of a move to `id`, whose commit is `move`. */
function isDecision({ verb, content }: Call, id: string, move: string | undefined): boolean {
  if (verb !== 'update' || content?.trace === undefined) return false;
  const { successor, commit } = content.trace;
  // The session of another user is none that the old id leads to.
  return successor === id || (successor === undefined && commit === move);
}

/** Whether a write only confirms what its run wrote before. */
function isConfirmation({ run, operations }: Call, before: readonly Call[]): boolean {
  return before.some((write) => write.run === run && write.operations === operations);
}

export function short(id: string): string {
  return id.slice(0, 4);
}

export function names(calls: readonly Call[]): string {
  return calls.map(({ run, verb }) => `${run.name} ${verb}`).join(', ');
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
