import type { SessionData } from './data.js';
import type { Keys } from './path.js';

/**
 * One change at a path. Applied at once to the data in hand, and again to fresh data when a commit
 * meets a conflict.
 */
interface Operation {
  readonly keys: Keys;
  readonly change: (present: unknown) => unknown;
}

/**
 * A batch of changes, key by key: either the whole value was replaced, or operations were applied
 * to it.
 */
class Changes {
  isCleared = false;
  readonly keys: Map<string, Operation[] | 'replaced'> = new Map<
    string,
    Operation[] | 'replaced'
  >();
  /** Keys that this request flashed. */
  readonly flashed: Set<string> = new Set<string>();
  /**
   * Flash of the request before, with the commit that flashed it: it goes with this request's
   * commit, a newer flash of the same key stays.
   */
  readonly expiring: Map<string, string> = new Map<string, string>();
  /** When the session's token was first used, if that is news; see rotation.ts. */
  usedAt = 0;

  get isEmpty(): boolean {
    return !this.isCleared && this.keys.size === 0 && this.flashed.size === 0;
  }

  /** Whether there is something to store that the handler did not do. */
  get isDue(): boolean {
    return this.expiring.size > 0 || this.usedAt > 0;
  }

  replace(key: string): void {
    this.keys.set(key, 'replaced');
    this.flashed.delete(key);
  }

  isReplaced(key: string): boolean {
    return this.keys.get(key) === 'replaced';
  }

  add(key: string, operations: readonly Operation[]): void {
    const present = this.keys.get(key);
    if (present === undefined) this.keys.set(key, [...operations]);
    else if (present !== 'replaced') present.push(...operations);
  }

  /** These changes with `later` ones after them. */
  with(later: Changes): Changes {
    later.usedAt ||= this.usedAt;
    if (later.isCleared) return later;
    this.usedAt = later.usedAt;
    for (const [key, change] of later.keys) {
      if (change === 'replaced') this.replace(key);
      else this.add(key, change);
    }
    for (const key of later.flashed) this.flashed.add(key);
    for (const [key, commit] of later.expiring) this.expiring.set(key, commit);
    return this;
  }
}

/**
 * What one request did to the data of its session. Keys do not depend on each other, so applying a
 * journal to data that others changed keeps their changes to other keys and their operations on the
 * same.
 */
export class Journal {
  /** The data as this request sees and changes it. */
  data: SessionData;
  /**
   * Values that this request sees and that are not stored: those of `now`, and the flash of the
   * request before.
   */
  readonly #passing = new Map<string, unknown>();
  /** Those of it that are the flash of the request before. */
  readonly #flashedBefore = new Set<string>();
  /**
   * Keys that this request flashed and stored; they are not the flash of the request before, also
   * when read again.
   */
  readonly #flashedHere = new Set<string>();
  #changes = new Changes();
  /**
   * What a running commit took, until it has succeeded; the handler may make new changes meanwhile.
   */
  #sent = new Changes();
  /** Whether a commit failed in a way that leaves open what it stored. */
  isUncertain = false;
  /**
   * Whether changes were added to those of such a commit, so that both would be stored under one
   * name.
   */
  isMixed = false;

  constructor(data: SessionData) {
    this.data = data;
    this.#begin();
  }

  /** Drops all changes and goes on with data that were read again. */
  restart(data: SessionData): void {
    this.data = data;
    this.#passing.clear();
    this.#flashedBefore.clear();
    this.#changes = new Changes();
    this.settle();
    this.#begin();
  }

  #begin(): void {
    for (const [key, commit] of this.data.flash) {
      if (this.#flashedHere.has(key)) continue;
      this.#flashedBefore.add(key);
      this.#changes.expiring.set(key, commit);
      this.#passing.set(key, this.data.get(key));
      this.data.delete(key);
      this.data.flash.delete(key);
    }
  }

  /**
   * Whether the handler changed something that is not stored: by a verb, or inside an object that
   * it was given.
   */
  get isChanged(): boolean {
    return !this.#changes.isEmpty || !this.#sent.isEmpty || this.#noticeMutations();
  }

  /** Whether there is something to store: a change, or flash whose time is over. */
  get isPending(): boolean {
    return this.#changes.isDue || this.#sent.isDue || this.isChanged;
  }

  get isEmpty(): boolean {
    return this.data.size === 0;
  }

  has(key: string): boolean {
    return this.#passing.has(key) || this.data.has(key);
  }

  get(key: string): unknown {
    return this.#passing.has(key) ? this.#passing.get(key) : this.data.get(key);
  }

  keys(): Set<string> {
    return new Set([...this.data.keys(), ...this.#passing.keys()]);
  }

  /** Replaces the whole value of a key; `undefined` removes it. */
  replace(key: string, value: unknown): void {
    this.#passing.delete(key);
    this.#flashedBefore.delete(key);
    this.#changes.replace(key);
    this.data.flash.delete(key);
    if (value === undefined) this.data.delete(key);
    else this.data.set(key, value);
  }

  /** Applies a change, and records `again` for the case that it must be applied to other data. */
  apply(keys: Keys, change: Operation['change'], again: Operation['change'] = change): void {
    const [key] = keys;
    if (this.#passing.has(key)) this.replace(key, this.#passing.get(key));
    if (!this.#changes.isReplaced(key) && this.data.isMutated(key)) this.#changes.replace(key);
    this.data.change(keys, change, again !== change, !this.#changes.isReplaced(key));
    this.#changes.add(key, [{ keys, change: again }]);
  }

  clear(): void {
    const { usedAt } = this.#changes;
    this.#passing.clear();
    this.#flashedBefore.clear();
    this.data.clear();
    this.#changes = new Changes();
    this.#changes.isCleared = true;
    this.#changes.usedAt = usedAt;
  }

  /** Shows a value to this request only. */
  pass(key: string, value: unknown): void {
    this.#passing.set(key, value);
    this.#flashedBefore.delete(key);
  }

  /** Stores a value for this request and the next. */
  flash(key: string, value: unknown): void {
    this.replace(key, value);
    this.#changes.flashed.add(key);
  }

  /** Carries flash of the request before one request further: all of it, or that of some keys. */
  keep(keys?: readonly string[]): void {
    const seen = new Set(this.#flashedBefore);
    for (const key of keys ?? seen) if (seen.has(key)) this.flash(key, this.get(key));
  }

  /** The text to store as the last of `commits`, when nobody else wrote since the data was read. */
  encode(commits: readonly string[]): string {
    this.#takeBack();
    for (const key of this.#changes.flashed) {
      this.#flashedHere.add(key);
      this.data.flash.set(key, commits.at(-1) ?? '');
    }
    this.data.commits = commits;
    if (this.data.rotation !== undefined) this.data.rotation.usedAt ||= this.#changes.usedAt;
    const text = this.data.encode();
    this.#sent = this.#changes;
    this.#changes = new Changes();
    return text;
  }

  /** Makes `fresh`, which others wrote, the data in hand, with this journal applied to it. */
  rebase(fresh: SessionData): void {
    this.#takeBack();
    const { isCleared, expiring, keys } = this.#changes;
    if (isCleared) fresh.clear();
    for (const [key, commit] of expiring) {
      if (fresh.flash.get(key) !== commit) continue;
      fresh.flash.delete(key);
      fresh.delete(key);
    }
    for (const [key, changes] of keys) {
      if (changes === 'replaced') {
        fresh.adopt(key, this.data);
        fresh.flash.delete(key);
      } else for (const { keys, change } of changes) fresh.change(keys, change, false);
    }
    fresh.adoptUnchanged(this.data);
    this.data = fresh;
  }

  /** Forgets the changes that are stored. What passes stays visible until the request ends. */
  settle(): void {
    this.#sent = new Changes();
    this.isUncertain = false;
    this.isMixed = false;
  }

  /**
   * Notes that the token of this session was used for the first time since it took another one's
   * place.
   */
  use(now: number): void {
    if (this.data.rotation?.usedAt === 0) this.#changes.usedAt = now;
  }

  /** Takes back what a commit took that did not succeed. */
  #takeBack(): void {
    this.#noticeMutations();
    if (this.isUncertain && !this.#sent.isEmpty && !this.#changes.isEmpty) this.isMixed = true;
    this.#changes = this.#sent.with(this.#changes);
    this.#sent = new Changes();
  }

  #noticeMutations(): boolean {
    let isMutated = false;
    for (const key of this.data.keys()) {
      if (!this.data.isMutated(key)) continue;
      this.#changes.replace(key);
      isMutated = true;
    }
    return isMutated;
  }
}
