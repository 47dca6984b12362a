import type { Codec } from '../codecs/codec.js';
import {
  type Entry,
  isObject,
  isSame,
  type ReportAside,
  SessionData,
  UNREAD,
} from '../core/internal.js';
import { isMisfit, misfit, newer } from './errors.js';
import { migratedTexts } from './migration.js';
import type { Rules } from './rules.js';

type Change = Parameters<SessionData['change']>[1];
type Keys = Parameters<SessionData['change']>[0];

/**
 * Data that a schema checks. A stored value is checked when somebody asks for its key, and its text
 * stays as it is until the handler changes the key. What readers see instead (a default, or what
 * the schema makes of an older value) is kept beside it.
 */
export class CheckedData extends SessionData {
  readonly #rules: Rules;
  readonly #report: ReportAside;
  /** What readers see where it is not what is stored; without a value, the key seems absent. */
  readonly #shown = new Map<string, Entry | undefined>();
  #defaults: Record<string, unknown> | undefined;

  constructor(codec: Codec, rules: Rules, report: ReportAside) {
    super(codec);
    this.#rules = rules;
    this.#report = report;
    this.version = rules.version;
  }

  override fill(text: string): this {
    super.fill(text);
    if (this.version < this.#rules.version) this.#migrate();
    if (this.version === this.#rules.version) this.#bringBack();
    return this;
  }

  /** Whether a newer server wrote the data. It is then read, and stays as it is. */
  get #isNewer(): boolean {
    return this.version > this.#rules.version;
  }

  override has(key: string): boolean {
    this.#meet(key);
    return super.has(key) && !(this.#shown.has(key) && this.#shown.get(key) === undefined);
  }

  override keys(): IterableIterator<string> {
    return [...super.keys()].filter((key) => this.has(key)).values();
  }

  override defaultKeys(): Iterable<string> {
    const defaults = Object.entries(this.#defaultsNow());
    return defaults.filter(([, value]) => value !== undefined).map(([key]) => key);
  }

  override get(key: string): unknown {
    this.#meet(key);
    if (!this.#shown.has(key)) return super.get(key);
    const shown = this.#shown.get(key);
    if (shown !== undefined) shown.isHeldOutside ||= isObject(shown.value);
    return shown?.value;
  }

  override look(key: string): unknown {
    this.#meet(key);
    return this.#shown.has(key) ? this.#shown.get(key)?.value : super.look(key);
  }

  override set(key: string, value: unknown): void {
    this.#refuseNewer();
    super.set(key, value);
    this.#shown.delete(key);
  }

  override delete(key: string): void {
    this.#refuseNewer();
    super.delete(key);
    this.#shown.delete(key);
  }

  override expire(key: string): void {
    super.expire(key);
    this.#shown.delete(key);
  }

  override clear(): void {
    super.clear();
    this.#shown.clear();
    this.version = this.#rules.version;
  }

  /** A change whose result does not fit leaves the value as it was. */
  override change(keys: Keys, change: Change, isHeldOutside: boolean, usesDefault = true): void {
    this.#refuseNewer();
    const [key] = keys;
    this.#meet(key);
    const stored = this.entries.get(key);
    const isAbsent = stored === undefined && !usesDefault;
    const start = isAbsent ? undefined : (this.#shown.get(key) ?? stored);
    const before = start && this.#textNow(key, start);
    if (start !== undefined) this.entries.set(key, start);
    try {
      super.change(keys, change, isHeldOutside);
      this.#shown.delete(key);
    } catch (error) {
      if (start !== undefined && before !== undefined && isMisfit(error))
        start.value = this.codec.decode(before);
      if (stored === undefined) this.entries.delete(key);
      else this.entries.set(key, stored);
      throw error;
    }
  }

  override settle(key: string, value: unknown): unknown {
    const judged = this.#rules.judge(key, value);
    if ('reason' in judged) throw misfit(key, judged.path, judged.reason);
    const made = judged.value;
    if (this.#areSame(key, made, value)) return value;
    const again = this.#rules.judge(key, made);
    if ('value' in again && this.#areSame(key, again.value, made)) return made;
    throw misfit(key, key, 'the schema does not accept what it makes of the value');
  }

  protected override initial(key: string, text: string | undefined): unknown {
    const value = text === undefined ? this.#defaultOf(key) : super.initial(key, text);
    const judged = value === undefined ? { value } : this.#rules.judge(key, value);
    return 'value' in judged ? judged.value : this.#defaultOf(key);
  }

  override *mutated(): IterableIterator<string> {
    for (const [key, shown] of this.#shown) {
      if (shown === undefined || !this.isMutated(key, shown)) continue;
      this.entries.set(key, shown);
      this.#shown.delete(key);
      yield key;
    }
    yield* super.mutated();
  }

  protected override isMutated(key: string, entry: Entry): boolean {
    const { text } = entry;
    const isMutated = super.isMutated(key, entry);
    if (!isMutated || !this.#isNewer) return isMutated;
    // It is to be noticed again.
    entry.text = text;
    throw newer();
  }

  override adopt(key: string, other: SessionData): void {
    this.#refuseNewer();
    super.adopt(key, other);
    this.#shown.delete(key);
  }

  override adoptUnchanged(other: SessionData): void {
    super.adoptUnchanged(other);
    if (!(other instanceof CheckedData)) return;
    for (const [key, shown] of other.#shown)
      if (shown?.isHeldOutside && this.textOf(key) === other.textOf(key))
        this.#shown.set(key, shown);
  }

  override putAside(key: string, reason: string, text: string): void {
    super.putAside(key, reason, text);
    this.#report({ handle: this.facts.handle, key, reason });
  }

  /** Checks a stored value before its first use, or makes the default of an absent one. */
  #meet(key: string): void {
    if (this.#shown.has(key)) return;
    const entry = this.entries.get(key);
    if (entry === undefined) {
      const value = this.#defaultOf(key);
      if (value !== undefined) this.#show(key, value);
    } else if (entry.value === UNREAD) this.#check(key, entry, super.look(key));
  }

  #check(key: string, { text = '' }: Entry, value: unknown): void {
    const judged = this.#rules.judge(key, value);
    const isFit = 'value' in judged;
    if (isFit && this.#isAsStored(key, judged.value, value)) return;
    if (isFit && this.#show(key, judged.value)) return;
    if (this.#isNewer) {
      const value = this.#defaultOf(key);
      if (value === undefined || !this.#show(key, value)) this.#shown.set(key, undefined);
      return;
    }
    this.expire(key);
    this.putAside(
      key,
      isFit ? 'the codec cannot store what the schema makes' : judged.reason,
      text,
    );
    this.#meet(key);
  }

  /** Shows a value to readers, unless it could not be stored. */
  #show(key: string, value: unknown): boolean {
    try {
      const text = this.codec.encode(value, key);
      this.#shown.set(key, { text, value, isHeldOutside: false });
      return true;
    } catch {
      return false;
    }
  }

  /** The default of a key, which nobody else has. */
  #defaultOf(key: string): unknown {
    const defaults = this.#defaultsNow();
    const value = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
    return value === undefined ? undefined : this.codec.decode(this.codec.encode(value, key));
  }

  #defaultsNow(): Record<string, unknown> {
    this.#defaults ??= this.#rules.defaults() as Record<string, unknown>;
    return this.#defaults;
  }

  #textNow(key: string, { text, value, isHeldOutside }: Entry): string {
    return text === undefined || isHeldOutside ? this.codec.encode(value, key) : text;
  }

  #areSame(key: string, one: unknown, other: unknown): boolean {
    return isSame(one, other, (part) => this.codec.encode(part, key));
  }

  #isAsStored(key: string, value: unknown, stored: unknown): boolean {
    try {
      return this.#areSame(key, value, stored);
    } catch {
      // The codec cannot store a part of what the schema makes.
      return false;
    }
  }

  #refuseNewer(): void {
    if (this.#isNewer) throw newer();
  }

  /** Makes older data that of the present version. If that fails, all of it is set aside. */
  #migrate(): void {
    const texts = new Map([...this.entries].map(([key, { text = '' }]) => [key, text]));
    const migrated = migratedTexts(texts, this.version, this.#rules, this);
    const flash = [...this.flash];
    this.entries.clear();
    this.flash.clear();
    if (typeof migrated === 'string')
      for (const [key, text] of texts) this.putAside(key, migrated, text);
    else for (const [key, text] of migrated) this.#store(key, text);
    for (const [key, commit] of flash) if (this.entries.has(key)) this.flash.set(key, commit);
    this.version = this.#rules.version;
  }

  /** Takes back values that were set aside and fit by now, such as keys of a newer server. */
  #bringBack(): void {
    for (const { key, text, version } of [...this.aside.values()]) {
      const isFree = version === this.version && !this.entries.has(key);
      if (!isFree || !this.#isFit(key, text)) continue;
      this.#store(key, text);
      this.aside.delete(key);
    }
  }

  #isFit(key: string, text: string): boolean {
    try {
      return 'value' in this.#rules.judge(key, this.decodeValue(text));
    } catch {
      // Another codec wrote it.
      return false;
    }
  }

  #store(key: string, text: string): void {
    this.entries.set(key, { text, value: UNREAD, isHeldOutside: false });
  }
}
