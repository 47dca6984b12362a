import { isDeepStrictEqual } from 'node:util';
import type { Call, History, Run } from './history.js';
import { applyAll, EMPTY, isAlike, type Operation, type StoredContent } from './model.js';

/** What a request was told that its commit came to. */
export interface Acknowledgement {
  readonly run: Run;
  readonly outcome: string;
  readonly operations: readonly Operation[];
  readonly at: number;
  /** Whether the session was stored. */
  readonly isHeld: boolean;
  /** The id of the session that a verb of the handler ended or moved. */
  readonly ended: string | undefined;
}

/** A token that a request came with, and whether it led to a session. */
export interface Opening {
  readonly run: Run;
  readonly id: string;
  readonly startedAt: number;
  readonly isFound: boolean;
}

/** All that was seen of one exploration. */
export interface Evidence {
  readonly history: History;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly openings: readonly Opening[];
  /** What each id that was ever stored holds at the end. */
  readonly remains: ReadonlyMap<string, StoredContent | undefined>;
}

const WRITES: ReadonlySet<string> = new Set(['created', 'updated', 'regenerated']);

/**
 * Says what in a history cannot be explained by CONTRACTS.md, section 2. Empty when all of it can.
 */
export function judge({ history, acknowledgements, openings, remains }: Evidence): string[] {
  const wrong: string[] = [];
  const ids = new Set(history.calls.map(({ id }) => id));
  /** The writes that count, of all sessions. */
  const effective = new Set<Call>();
  const rootOf = new Map<string, string>();

  for (const id of ids) judgeRecord(id);
  judgeAcknowledgements();
  judgeEnds();
  return wrong;

  function called(id: string, ...verbs: readonly Call['verb'][]): Call[] {
    return history.calls.filter((call) => call.id === id && verbs.includes(call.verb));
  }

  /** The writes of one id, each on the version that the one before left. */
  function chainOf(id: string): Call[] {
    const [first, ...others] = called(id, 'create');
    if (first === undefined || others.length > 0) {
      wrong.push(`${short(id)} was created ${others.length + (first ? 1 : 0)} times`);
      return [];
    }
    const chain = [first];
    const updates = new Set(called(id, 'update'));
    for (let last = first; ; ) {
      const next = [...updates].filter(({ from }) => isDeepStrictEqual(from, last.version));
      if (next.length > 1)
        wrong.push(
          `${next.length} updates of ${short(id)} went through against one version: ${names(next)}`,
        );
      const [update] = next;
      if (update === undefined) break;
      updates.delete(update);
      chain.push(update);
      last = update;
    }
    if (updates.size > 0)
      wrong.push(
        `updates of ${short(id)} went through against a version it never had: ${names([...updates])}`,
      );
    return chain;
  }

  function judgeRecord(id: string): void {
    const chain = chainOf(id);
    const last = chain.at(-1);
    const [first] = chain;
    if (first === undefined || last === undefined) return;
    const [end, ...more] = called(id, 'destroy');
    if (more.length > 0) wrong.push(`${short(id)} was destroyed ${more.length + 1} times`);
    if (end !== undefined) judgeEnd(id, end, last);
    const entry = first.isMove
      ? judgeMove(id, first, chain, end?.endedAt ?? Number.POSITIVE_INFINITY)
      : 0;
    if (entry === undefined) {
      if (end === undefined) wrong.push(`${short(id)} was left behind by ${first.run.name}`);
      return;
    }
    for (const [index, write] of chain.entries()) {
      if (index < entry || write.content?.successor !== undefined) continue;
      effective.add(write);
      if (first.isMove && index === entry) continue;
      judgeWrite(id, write, index === 0 ? EMPTY : (chain[index - 1]?.content ?? EMPTY));
    }
    const present = remains.get(id);
    if (end === undefined && present === undefined)
      wrong.push(`${short(id)} is gone, and nobody destroyed it`);
    if (end === undefined && present !== undefined && !isDeepStrictEqual(present, last.content)) {
      wrong.push(
        `${short(id)} holds ${show(present)}, and the last write was ${show(last.content)}`,
      );
    }
  }

  function judgeWrite(id: string, write: Call, before: StoredContent | typeof EMPTY): void {
    const expected = applyAll(before, write.operations);
    if (write.content !== undefined && isAlike(write.content, expected)) return;
    wrong.push(
      `${write.run.name} wrote ${show(write.content)} to ${short(id)}; expected ${show(expected)} after ${show(before)}`,
    );
  }

  function judgeEnd(id: string, end: Call, last: Call): void {
    if (end.from !== undefined && !isDeepStrictEqual(end.from, last.version)) {
      wrong.push(`${end.run.name} destroyed ${short(id)} against another version than its last`);
    }
    const after = called(id, 'read', 'create', 'update', 'touch').filter(
      ({ startedAt }) => startedAt > end.endedAt,
    );
    if (after.length > 0)
      wrong.push(`${short(id)} was destroyed, and after that there was ${names(after)}`);
    if (remains.get(id) !== undefined) wrong.push(`${short(id)} was destroyed, and is there`);
  }

  /**
   * Finds where a session that moved arrived at `id`: the place in the chain from which the record
   * is that session. `undefined` when it never did.
   */
  function judgeMove(
    id: string,
    { run, endedAt }: Call,
    chain: readonly Call[],
    until: number,
  ): number | undefined {
    const retired = history.calls.find(
      (call) =>
        call.run === run &&
        call.startedAt > endedAt &&
        call.startedAt < until &&
        (call.content?.successor === id ||
          (call.verb === 'destroy' &&
            call.id !== id &&
            call.from !== undefined &&
            isOwnMove(call, chain))),
    );
    if (retired === undefined) return undefined;
    if (retired.content !== undefined) rootOf.set(id, retired.id);
    const entry = chain.findLastIndex(
      (write) => write.run === run && write.endedAt < retired.startedAt,
    );
    const before = [...called(retired.id, 'create', 'update')].find(({ version }) =>
      isDeepStrictEqual(version, retired.from),
    );
    const write = chain[entry];
    if (write !== undefined) judgeWrite(id, write, before?.content ?? EMPTY);
    return entry;
  }

  /**
   * Whether a destroy ended the record that moved to the beginning of `chain`, and not another one
   * that the same run began to move to.
   */
  function isOwnMove(destroyed: Call, chain: readonly Call[]): boolean {
    const last = history.calls.findLast(
      (call) =>
        call.run === destroyed.run && call.verb === 'create' && call.endedAt < destroyed.startedAt,
    );
    return last === chain[0];
  }

  function judgeAcknowledgements(): void {
    for (const { run, outcome, operations, isHeld } of acknowledgements) {
      const writes = [...effective].filter(
        (write) => write.run === run && write.operations === operations,
      );
      if (WRITES.has(outcome) && operations.length > 0 && writes.length !== 1) {
        wrong.push(
          `${run.name} was told '${outcome}', and its changes were written ${writes.length} times`,
        );
      }
      if (!WRITES.has(outcome) && writes.length > 0)
        wrong.push(`${run.name} was told '${outcome}', and ${names(writes)} counted`);
      const isEmpty = Object.keys(applyAll(EMPTY, operations).data).length === 0;
      if (
        (outcome === 'unchanged' || outcome === 'touched') &&
        operations.length > 0 &&
        (isHeld || !isEmpty)
      ) {
        wrong.push(`${run.name} was told '${outcome}', and had changes`);
      }
    }
  }

  /** No opening that began after an acknowledged end finds the session by the token that it had. */
  function judgeEnds(): void {
    for (const { run, outcome, at, ended } of acknowledgements) {
      if (ended === undefined) continue;
      for (const { run: late, id, isFound, startedAt } of openings) {
        if (isFound && startedAt > at && origin(id) === origin(ended)) {
          wrong.push(`${late.name} opened ${short(id)} after ${run.name} was told '${outcome}'`);
        }
      }
    }
  }

  function origin(id: string): string {
    const root = rootOf.get(id);
    return root === undefined ? id : origin(root);
  }
}

function short(id: string): string {
  return id.slice(0, 4);
}

function names(calls: readonly Call[]): string {
  return calls.map(({ run, verb }) => `${run.name} ${verb}`).join(', ');
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
