import type { Codec } from '../codecs/codec.js';
import { SessionError } from '../core/errors.js';
import type { Aside, SetAside } from './aside.js';
import type { Operation } from './operations.js';
import { type Change, changeAt, type Keys } from './path.js';
import { decodeSession, encodeSession, type Facts } from './record-format.js';
import { Snapshot } from './snapshot.js';
import { isObject, isSame } from './values.js';

/** Marks a value that is still text, because nobody asked for it. */
export const UNREAD: unique symbol = Symbol('unread');

/** One top-level value: as text, as a value, or both. */
export interface Entry {
  /** The encoding of the value as it was read or last stored; `undefined` after a change. */
  text: string | undefined;
  value: unknown;
  /** Whether the handler has a reference into the value, and may change it in place. */
  isHeldOutside: boolean;
}

/**
 * The data of one session. A value is decoded when somebody asks for its key, and encoded when the
 * session is stored, once, if it may have changed. So a commit costs what was changed, and not what
 * is there.
 *
 * Encoded, the data is one line of JSON (lengths, flash keys, commits) and then the text of each
 * value.
 */
export class SessionData {
  protected readonly codec: Codec;
  protected readonly entries: Map<string, Entry> = new Map<string, Entry>();
  /** Flash keys with their marks: see `flashMark`. */
  readonly flash: Map<string, string> = new Map<string, string>();
  /** The last commit of each process that wrote lately, oldest first. */
  writers: readonly string[] = [];
  /** What is known of the session beside its data. A session without a name yet has none. */
  facts: Facts = { handle: '' };
  /** The version of the schema that wrote the data. Without a schema it stays as it was read. */
  version = 1;
  /** Values that do not fit the schema, by key. */
  readonly aside: Map<string, Aside> = new Map<string, Aside>();

  constructor(codec: Codec) {
    this.codec = codec;
  }

  /** As {@link fill}, for data without a schema. */
  static decode(text: string, codec: Codec): SessionData {
    return new SessionData(codec).fill(text);
  }

  /**
   * Takes over the data that `text` encodes.
   * @throws `invalid-record` when it is damaged or of a later format.
   */
  fill(text: string): this {
    const header = decodeSession(text);
    if (header === undefined)
      throw invalidRecord('it is damaged, or was written by a later version');
    const { keys, flash } = header;
    let start = header.bodyAt;
    for (let index = 0; index < keys.length; index += 2) {
      const length = Number(keys[index + 1]);
      this.entries.set(String(keys[index]), {
        text: text.slice(start, start + length),
        value: UNREAD,
        isHeldOutside: false,
      });
      start += length;
    }
    if (start !== text.length) throw invalidRecord('its length is not what its header says');
    for (let index = 0; index < flash.length; index += 2)
      this.flash.set(String(flash[index]), String(flash[index + 1]));
    this.writers = header.writers;
    this.facts = header.facts;
    this.version = header.version;
    for (const aside of header.aside) this.aside.set(aside.key, aside);
    return this;
  }

  /**
   * The text of all data as it is now, with the commits of `writers` and with `facts` beside it.
   * @throws `invalid-value` naming the path of a value that cannot be stored.
   */
  encode(writers: readonly string[] = this.writers, facts: Facts = this.facts): string {
    const keys: (string | number)[] = [];
    let body = '';
    for (const [key, entry] of this.entries) {
      if (entry.text === undefined && entry.isHeldOutside) this.settle(key, entry.value);
      entry.text ??= this.codec.encode(entry.value, key);
      keys.push(key, entry.text.length);
      body += entry.text;
    }
    this.writers = writers;
    const flash = this.flash.size === 0 ? [] : [...this.flash].flat();
    const { version } = this;
    const aside = [...this.aside.values()];
    return encodeSession({ facts, writers, keys, flash, version, aside }, body);
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  keys(): IterableIterator<string> {
    return this.entries.keys();
  }

  /** The live value of a key. An object counts as held outside from here on. */
  get(key: string): unknown {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const value = this.#read(entry);
    if (isObject(value)) entry.isHeldOutside = true;
    return value;
  }

  /** The live value of a key, for a look that nobody else gets hold of. */
  look(key: string): unknown {
    const entry = this.entries.get(key);
    return entry && this.#read(entry);
  }

  /** The text of a key as it was read or last stored; `undefined` when it is absent or changed. */
  textOf(key: string): string | undefined {
    return this.entries.get(key)?.text;
  }

  /** Keys that have a value for readers while none is stored. */
  defaultKeys(): Iterable<string> {
    return [];
  }

  /**
   * The value to store where the handler sets or makes `value`.
   * @throws `invalid-data` when it does not fit the schema.
   */
  settle(_key: string, value: unknown): unknown {
    return value;
  }

  /** The value that the first operation on a key meets, where `text` is stored or nothing. */
  protected initial(_key: string, text: string | undefined): unknown {
    return text === undefined ? undefined : this.codec.decode(text);
  }

  set(key: string, value: unknown): void {
    const settled = this.settle(key, value);
    this.entries.set(key, { text: undefined, value: settled, isHeldOutside: isObject(settled) });
  }

  /** Removes a key because the handler says so, and what was set aside under it. */
  delete(key: string): void {
    this.entries.delete(key);
    this.aside.delete(key);
  }

  /** Removes flash whose time is over. */
  expire(key: string): void {
    this.entries.delete(key);
    this.flash.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.flash.clear();
    this.aside.clear();
  }

  /** Keeps the text of a value that does not fit the schema, in place of an older one. */
  putAside(key: string, reason: string, text: string): void {
    this.aside.set(key, { key, text, reason, version: this.version });
  }

  /** What was set aside, with its values. */
  asides(): SetAside[] {
    return [...this.aside.values()].map(({ text, ...rest }) => {
      return { ...rest, value: this.decodeValue(text) };
    });
  }

  /**
   * Applies a change at a path. `isHeldOutside`: the handler has a reference into what the change
   * gets or makes, if that is an object.
   */
  change(keys: Keys, change: Change, isHeldOutside: boolean, _usesDefault?: boolean): void {
    const [key] = keys;
    const entry = this.entries.get(key);
    let isHeld = entry?.isHeldOutside === true;
    const value = changeAt(entry && this.#read(entry), keys, (present) => {
      if (!isHeldOutside) return change(present);
      // Before the change: it may be a function that alters the object in place and then throws.
      if (isObject(present) && entry !== undefined) entry.isHeldOutside = true;
      const made = change(present);
      isHeld ||= isObject(present) || isObject(made);
      return made;
    });
    if (value === undefined) this.entries.delete(key);
    else {
      const settled = this.settle(key, value);
      this.entries.set(key, { text: undefined, value: settled, isHeldOutside: isHeld });
    }
  }

  /**
   * The keys whose value the handler changed in place since its text was made. Makes their texts
   * anew. A key that was changed by verbs has no text, and is not encoded here.
   */
  *mutated(): IterableIterator<string> {
    for (const [key, entry] of this.entries) if (this.isMutated(key, entry)) yield key;
  }

  protected isMutated(key: string, entry: Entry): boolean {
    if (!entry.isHeldOutside || entry.text === undefined) return false;
    const text = this.codec.encode(entry.value, key);
    if (text === entry.text) return false;
    this.settle(key, entry.value);
    entry.text = text;
    return true;
  }

  /**
   * Whether the value of `key` is what `operations` make of the value that `base` encodes. If not,
   * the handler also changed it in place.
   */
  isMadeBy(operations: readonly Operation[], key: string, base: string | undefined): boolean {
    const entry = this.entries.get(key);
    if (entry?.isHeldOutside !== true) return true;
    try {
      let value = this.initial(key, base);
      for (const operation of operations) {
        value = changeAt(value, operation.keys, (present) => operation.repeat(present));
        if (value !== undefined) value = this.settle(key, value);
      }
      return isSame(entry.value, value, (part) => this.codec.encode(part, key));
    } catch {
      // An operation that cannot be repeated was applied to what the handler had changed in place.
      return false;
    }
  }

  /** Takes over a key of `other`, absent or present, with the value that the handler may hold. */
  adopt(key: string, other: SessionData): void {
    const entry = other.entries.get(key);
    if (entry === undefined) this.entries.delete(key);
    else this.entries.set(key, entry);
    if (!other.aside.has(key)) this.aside.delete(key);
  }

  /**
   * Takes over the keys of `other` whose text is the same here, so that an object which the handler
   * holds stays the live value.
   */
  adoptUnchanged(other: SessionData): void {
    for (const [key, entry] of other.entries) {
      const isHeld = entry.isHeldOutside && entry.text !== undefined;
      if (isHeld && entry.text === this.entries.get(key)?.text) this.entries.set(key, entry);
    }
  }

  /** @throws `invalid-record`. */
  decodeValue(text: string): unknown {
    try {
      return this.codec.decode(text);
    } catch (cause) {
      throw invalidRecord('a value in it is damaged, or was written with another codec', cause);
    }
  }

  encodeValue(key: string, value: unknown): string {
    return this.codec.encode(value, key);
  }

  /**
   * Keeps a value as it is now. `path` names it in errors.
   * @throws `invalid-value` when it cannot be stored.
   */
  snapshot<Value>(value: Value, path: string): Snapshot<Value> {
    return new Snapshot(this.codec, this.codec.encode(value, path));
  }

  #read(entry: Entry): unknown {
    if (entry.value === UNREAD) entry.value = this.decodeValue(entry.text ?? '');
    return entry.value;
  }
}

function invalidRecord(what: string, cause?: unknown): SessionError {
  return new SessionError(
    'invalid-record',
    `A stored session cannot be read: ${what}. Destroy it, or read it with the settings that wrote it.`,
    { cause },
  );
}
