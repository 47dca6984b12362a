import { isDeepStrictEqual } from 'node:util';
import { jsonCodec } from '../../src/codecs/json.js';
import { SessionData } from '../../src/data/data.js';
import { decodeTrace, type Trace } from '../../src/data/record-format.js';
import { isMoved, type SessionRecord } from '../../src/stores/contract.js';

/** What a record holds, or what a request sees. */
export interface Content {
  readonly data: Readonly<Record<string, unknown>>;
  /** Flash keys and the commit that flashed each. */
  readonly flash: Readonly<Record<string, string>>;
}

/**
 * One change of a program, as a request without company would make it. `expire` takes flash away,
 * unless it was flashed anew.
 */
export type Operation =
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  | {
      readonly kind: 'setInner';
      readonly key: string;
      readonly inner: string;
      readonly value: unknown;
    }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'remove'; readonly key: string; readonly inner: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'increment'; readonly key: string; readonly inner?: string }
  | {
      readonly kind: 'push';
      readonly key: string;
      readonly inner?: string;
      readonly value: unknown;
    }
  | { readonly kind: 'append'; readonly key: string; readonly text: string }
  | { readonly kind: 'flash'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'expire'; readonly key: string; readonly commit: string };

export const EMPTY: Content = { data: {}, flash: {} };
/** Stands for the commit of flash that is not stored yet. */
const NOT_STORED = '(not stored)';

/** The model: what `content` becomes by the operations of one request after the other. */
export function applyAll(content: Content, operations: readonly Operation[]): Content {
  const data = structuredClone(content.data) as Record<string, unknown>;
  const flash = { ...content.flash };
  for (const operation of operations) {
    switch (operation.kind) {
      case 'set':
        data[operation.key] = structuredClone(operation.value);
        delete flash[operation.key];
        break;
      case 'setInner':
        change(data, operation, () => operation.value);
        break;
      case 'delete':
        delete data[operation.key];
        delete flash[operation.key];
        break;
      case 'remove':
        delete (data[operation.key] as Record<string, unknown> | undefined)?.[operation.inner];
        break;
      case 'clear':
        for (const key of Object.keys(data)) delete data[key];
        for (const key of Object.keys(flash)) delete flash[key];
        break;
      case 'increment':
        change(data, operation, (present) => ((present as number | undefined) ?? 0) + 1);
        break;
      case 'push':
        change(data, operation, (present) => [
          ...((present as unknown[] | undefined) ?? []),
          operation.value,
        ]);
        break;
      case 'append':
        change(
          data,
          operation,
          (present) => ((present as string | undefined) ?? '') + operation.text,
        );
        break;
      case 'flash':
        data[operation.key] = operation.value;
        flash[operation.key] = NOT_STORED;
        break;
      case 'expire':
        if (flash[operation.key] !== operation.commit) break;
        delete data[operation.key];
        delete flash[operation.key];
    }
  }
  return { data, flash };
}

function change(
  data: Record<string, unknown>,
  place: { key: string; inner?: string },
  to: (present: unknown) => unknown,
): void {
  const { key, inner } = place;
  if (inner === undefined) data[key] = to(data[key]);
  else {
    data[key] ??= {};
    const object = data[key] as Record<string, unknown>;
    object[inner] = to(object[inner]);
  }
}

/** What a record holds: a session, or the trace of one that moved or ended. */
export interface StoredContent extends Content {
  readonly handle: string;
  readonly userId: string | undefined;
  /** Whether the move that makes this record is not confirmed. */
  readonly isProvisional: boolean;
  readonly trace: Trace | undefined;
  /** The last commits that wrote the record. */
  readonly writers: readonly string[];
  readonly expiresAt: number;
}

export function contentOf(record: SessionRecord): StoredContent {
  const { userId, expiresAt } = record;
  if (isMoved(record)) {
    const trace = decodeTrace(record.data);
    if (trace === undefined) throw new Error(`a trace is damaged: ${record.data}`);
    const { handle } = trace;
    return { ...EMPTY, handle, userId, isProvisional: false, trace, writers: [], expiresAt };
  }
  const decoded = SessionData.decode(record.data, jsonCodec());
  const data = Object.fromEntries([...decoded.keys()].map((key) => [key, decoded.get(key)]));
  const { handle, provisionalUntil } = decoded.facts;
  return {
    data,
    flash: Object.fromEntries(decoded.flash),
    handle,
    userId,
    isProvisional: provisionalUntil !== undefined,
    trace: undefined,
    writers: decoded.writers,
    expiresAt,
  };
}

/** Whether two contents are the same, apart from the names of the commits that flashed. */
export function isAlike(one: Content, other: Content): boolean {
  return (
    isDeepStrictEqual(one.data, other.data) &&
    isDeepStrictEqual(Object.keys(one.flash).sort(), Object.keys(other.flash).sort())
  );
}
