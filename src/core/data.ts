import type { Codec } from '../codecs/codec.js';
import { SessionError } from './errors.js';
import { changeAt, isKey, type Keys } from './path.js';

/**
 * The first character of every encoded text. Another one is of a future version, and is left alone.
 */
const FORMAT = '1';

/** Marks a value that nobody asked for yet, so that it stays text. */
const UNREAD: unique symbol = Symbol('unread');

/** One top-level value: as text, as a value, or both. */
interface Entry {
  /** The encoding of the value as last known; `undefined` after an operation. */
  text: string | undefined;
  value: unknown;
  /** Whether code outside holds the value and may have changed it since `text` was made. */
  shared: boolean;
}

interface Header {
  /** The last commit of each process that wrote lately, oldest first; see journal.ts. */
  c: string[];
  /** Keys and the lengths of their texts, in turn. */
  k: (string | number)[];
  /** Flash keys and the commit that flashed each, in turn. */
  f?: string[];
  /** The id of the record that took this one's place, see rotation.ts. */
  s?: string;
  /**
   * When this record took another one's place, and when its token was first used; 0 while it was
   * not.
   */
  r?: [at: number, usedAt: number];
}

/**
 * The data of one session, decoded key by key as it is asked for: what nobody looked at stays the
 * text that was read, so a commit costs what was changed and not what is there.
 *
 * Encoded it is one line of JSON (lengths, flash keys, commits) and then the text of each value.
 */
export class SessionData {
  readonly #codec: Codec;
  readonly #entries = new Map<string, Entry>();
  /** Flash keys with the id of the commit that flashed them. */
  readonly flash: Map<string, string> = new Map<string, string>();
  /** The last commit of each process that wrote lately, oldest first. */
  commits: readonly string[] = [];
  /** The id of the record that took this one's place, see rotation.ts. */
  successor: string | undefined;
  /**
   * When this record took another one's place, and when its token was first used; 0 while it was
   * not. In epoch milliseconds.
   */
  rotation: { readonly at: number; usedAt: number } | undefined;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /**
   * The data that `text` encodes.
   * @throws `invalid-record` when it is damaged or of a later format.
   */
  static decode(text: string, codec: Codec): SessionData {
    const data = new SessionData(codec);
    const end = text.indexOf('\n');
    const header = text.startsWith(FORMAT) && end > 0 ? parseHeader(text.slice(1, end)) : undefined;
    if (header === undefined)
      throw invalidRecord('it is damaged, or was written by a later version');
    let start = end + 1;
    for (let index = 0; index < header.k.length; index += 2) {
      const length = Number(header.k[index + 1]);
      data.#entries.set(String(header.k[index]), {
        text: text.slice(start, start + length),
        value: UNREAD,
        shared: false,
      });
      start += length;
    }
    if (start !== text.length) throw invalidRecord('its length is not what its header says');
    for (let index = 0; index < (header.f?.length ?? 0); index += 2)
      data.flash.set(String(header.f?.[index]), String(header.f?.[index + 1]));
    data.commits = header.c;
    data.successor = header.s;
    if (header.r !== undefined) data.rotation = { at: header.r[0], usedAt: header.r[1] };
    return data;
  }

  /**
   * The text of all data as it is now.
   * @throws `invalid-value` naming the path of what cannot be stored.
   */
  encode(): string {
    const header: Header = { c: [...this.commits], k: [] };
    let body = '';
    for (const [key, entry] of this.#entries) {
      entry.text ??= this.#codec.encode(entry.value, key);
      header.k.push(key, entry.text.length);
      body += entry.text;
    }
    if (this.flash.size > 0) header.f = [...this.flash].flat();
    if (this.successor !== undefined) header.s = this.successor;
    if (this.rotation !== undefined) header.r = [this.rotation.at, this.rotation.usedAt];
    return `${FORMAT}${JSON.stringify(header)}\n${body}`;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** The live value of a key. From here on it counts as held outside when it is an object. */
  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const value = this.#read(entry);
    if (typeof value === 'object' && value !== null && !entry.shared) {
      // What an operation made is to be told from what code outside makes of it.
      entry.text ??= this.#codec.encode(value, key);
      entry.shared = true;
    }
    return value;
  }

  set(key: string, value: unknown): void {
    this.#entries.set(key, { text: undefined, value, shared: typeof value === 'object' });
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.flash.clear();
  }

  /**
   * Applies a change at a path below or at a top-level key. `outside` says that code outside now
   * holds a part of the result; `watched`, that what it does with it must be noticed.
   */
  change(
    [key, ...rest]: Keys,
    change: (present: unknown) => unknown,
    outside: boolean,
    watched = true,
  ): void {
    const entry = this.#entries.get(key);
    const changed = changeAt(entry && this.#read(entry), rest, change, [key, ...rest].join('.'));
    if (changed === undefined) {
      this.#entries.delete(key);
      return;
    }
    const shared = outside || (entry?.shared ?? false);
    this.#entries.set(key, {
      text: shared && watched ? this.#codec.encode(changed, key) : undefined,
      value: changed,
      shared,
    });
  }

  /**
   * Whether code outside changed the value of `key` since its text was made. Makes its text anew.
   */
  isMutated(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry?.shared !== true || entry.text === undefined) return false;
    const text = this.#codec.encode(entry.value, key);
    if (text === entry.text) return false;
    entry.text = text;
    return true;
  }

  /**
   * Takes over a key of `other`, absent or present, with the very value that code outside may hold.
   */
  adopt(key: string, other: SessionData): void {
    const entry = other.#entries.get(key);
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
  }

  /**
   * Takes over the keys of `other` whose text is the same here, so that what code outside holds
   * stays the live value.
   */
  adoptUnchanged(other: SessionData): void {
    for (const [key, entry] of other.#entries) {
      if (entry.shared && entry.text !== undefined && entry.text === this.#entries.get(key)?.text)
        this.#entries.set(key, entry);
    }
  }

  /** A value's plain copy maker, for applying the same operation again later. */
  replayable<Value>(value: Value, path: string): () => Value {
    if (typeof value !== 'object' || value === null) return () => value;
    const text = this.#codec.encode(value, path);
    return () => this.#codec.decode(text) as Value;
  }

  #read(entry: Entry): unknown {
    if (entry.value === UNREAD) {
      try {
        entry.value = this.#codec.decode(entry.text ?? '');
      } catch (cause) {
        throw invalidRecord('a value in it is damaged, or was written with another codec', cause);
      }
    }
    return entry.value;
  }
}

function parseHeader(text: string): Header | undefined {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isHeader(header) ? header : undefined;
}

function isHeader(header: unknown): header is Header {
  if (typeof header !== 'object' || header === null) return false;
  const { c, k, f = [], s, r } = header as Partial<Header>;
  return (
    Array.isArray(c) &&
    c.every((commit) => typeof commit === 'string') &&
    Array.isArray(k) &&
    k.every((part, index) =>
      index % 2 === 0 ? isKey(part) : Number.isSafeInteger(part) && Number(part) > 0,
    ) &&
    k.length % 2 === 0 &&
    Array.isArray(f) &&
    f.every((part) => typeof part === 'string') &&
    (s === undefined || typeof s === 'string') &&
    (r === undefined || (Array.isArray(r) && r.length === 2 && r.every(Number.isSafeInteger)))
  );
}

function invalidRecord(what: string, cause?: unknown): SessionError {
  return new SessionError(
    'invalid-record',
    `A stored session cannot be read: ${what}. Destroy it, or read it with the settings that wrote it.`,
    { cause },
  );
}
