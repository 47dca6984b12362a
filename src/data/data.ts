import type { Codec } from '../codecs/codec.js';
import { SessionError } from '../core/errors.js';
import type { Operation } from './operations.js';
import { type Change, changeAt, type Keys } from './path.js';
import { decodeSession, encodeSession, type Facts } from './record-format.js';
import { Snapshot } from './snapshot.js';
import { isObject, isSame } from './values.js';

/** Marks a value that is still text, because nobody asked for it. */
const UNREAD: unique symbol = Symbol('unread');

/** One top-level value: as text, as a value, or both. */
interface Entry {
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
  readonly #codec: Codec;
  readonly #entries = new Map<string, Entry>();
  /** Flash keys with their marks: see `flashMark`. */
  readonly flash: Map<string, string> = new Map<string, string>();
  /** The last commit of each process that wrote lately, oldest first. */
  writers: readonly string[] = [];
  /** What is known of the session beside its data. A session without a name yet has none. */
  facts: Facts = { handle: '' };

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /**
   * The data that `text` encodes.
   * @throws `invalid-record` when it is damaged or of a later format.
   */
  static decode(text: string, codec: Codec): SessionData {
    const data = new SessionData(codec);
    const header = decodeSession(text);
    if (header === undefined)
      throw invalidRecord('it is damaged, or was written by a later version');
    const { keys, flash } = header;
    let start = header.bodyAt;
    for (let index = 0; index < keys.length; index += 2) {
      const length = Number(keys[index + 1]);
      data.#entries.set(String(keys[index]), {
        text: text.slice(start, start + length),
        value: UNREAD,
        isHeldOutside: false,
      });
      start += length;
    }
    if (start !== text.length) throw invalidRecord('its length is not what its header says');
    for (let index = 0; index < flash.length; index += 2)
      data.flash.set(String(flash[index]), String(flash[index + 1]));
    data.writers = header.writers;
    data.facts = header.facts;
    return data;
  }

  /**
   * The text of all data as it is now, with the commits of `writers` and with `facts` beside it.
   * @throws `invalid-value` naming the path of a value that cannot be stored.
   */
  encode(writers: readonly string[] = this.writers, facts: Facts = this.facts): string {
    const keys: (string | number)[] = [];
    let body = '';
    for (const [key, entry] of this.#entries) {
      entry.text ??= this.#codec.encode(entry.value, key);
      keys.push(key, entry.text.length);
      body += entry.text;
    }
    this.writers = writers;
    const flash = this.flash.size === 0 ? [] : [...this.flash].flat();
    return encodeSession({ facts, writers, keys, flash }, body);
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

  /** The live value of a key. An object counts as held outside from here on. */
  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const value = this.#read(entry);
    if (isObject(value)) entry.isHeldOutside = true;
    return value;
  }

  /** The live value of a key, for a look that nobody else gets hold of. */
  look(key: string): unknown {
    const entry = this.#entries.get(key);
    return entry && this.#read(entry);
  }

  /** The text of a key as it was read or last stored; `undefined` when it is absent or changed. */
  textOf(key: string): string | undefined {
    return this.#entries.get(key)?.text;
  }

  set(key: string, value: unknown): void {
    this.#entries.set(key, { text: undefined, value, isHeldOutside: isObject(value) });
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.flash.clear();
  }

  /**
   * Applies a change at a path. `isHeldOutside`: the handler has a reference into what the change
   * gets or makes, if that is an object.
   */
  change(keys: Keys, change: Change, isHeldOutside: boolean): void {
    const [key] = keys;
    const entry = this.#entries.get(key);
    let isHeld = entry?.isHeldOutside === true;
    const value = changeAt(entry && this.#read(entry), keys, (present) => {
      if (!isHeldOutside) return change(present);
      // Before the change: it may be a function that alters the object in place and then throws.
      if (isObject(present) && entry !== undefined) entry.isHeldOutside = true;
      const made = change(present);
      isHeld ||= isObject(present) || isObject(made);
      return made;
    });
    if (value === undefined) this.#entries.delete(key);
    else this.#entries.set(key, { text: undefined, value, isHeldOutside: isHeld });
  }

  /**
   * Whether the handler changed the value of `key` in place since its text was made. Makes its text
   * anew. A key that was changed by verbs has no text, and is not encoded here.
   */
  isMutated(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry?.isHeldOutside !== true || entry.text === undefined) return false;
    const text = this.#codec.encode(entry.value, key);
    if (text === entry.text) return false;
    entry.text = text;
    return true;
  }

  /**
   * Whether the value of `key` is what `operations` make of the value that `base` encodes. If not,
   * the handler also changed it in place.
   */
  isMadeBy(operations: readonly Operation[], key: string, base: string | undefined): boolean {
    const entry = this.#entries.get(key);
    if (entry?.isHeldOutside !== true) return true;
    try {
      let value = base === undefined ? undefined : this.#codec.decode(base);
      for (const operation of operations)
        value = changeAt(value, operation.keys, (present) => operation.repeat(present));
      return isSame(entry.value, value, (part) => this.#codec.encode(part, key));
    } catch {
      // An operation that cannot be repeated was applied to what the handler had changed in place.
      return false;
    }
  }

  /** Takes over a key of `other`, absent or present, with the value that the handler may hold. */
  adopt(key: string, other: SessionData): void {
    const entry = other.#entries.get(key);
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
  }

  /**
   * Takes over the keys of `other` whose text is the same here, so that an object which the handler
   * holds stays the live value.
   */
  adoptUnchanged(other: SessionData): void {
    for (const [key, entry] of other.#entries) {
      const isHeld = entry.isHeldOutside && entry.text !== undefined;
      if (isHeld && entry.text === this.#entries.get(key)?.text) this.#entries.set(key, entry);
    }
  }

  /**
   * Keeps a value as it is now. `path` names it in errors.
   * @throws `invalid-value` when it cannot be stored.
   */
  snapshot<Value>(value: Value, path: string): Snapshot<Value> {
    return new Snapshot(this.#codec, this.#codec.encode(value, path));
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

function invalidRecord(what: string, cause?: unknown): SessionError {
  return new SessionError(
    'invalid-record',
    `A stored session cannot be read: ${what}. Destroy it, or read it with the settings that wrote it.`,
    { cause },
  );
}
