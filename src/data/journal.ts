import { Changes, type Operations } from './changes.js';
import type { SessionData } from './data.js';
import { factsWith, type Learned, learnedWith } from './learned.js';
import type { Operation } from './operations.js';
import { type FlashRules, flashMark, Passing, pathOf } from './passing.js';
import { holds, type Keys } from './path.js';
import type { Facts } from './record-format.js';
import type { Snapshot } from './snapshot.js';

/**
 * How much text one commit spends on what functions of `update` made, in characters: about two
 * milliseconds of encoding. Above it, a conflict calls the function once more.
 */
const MAX_REMEMBERED = 262_144;

const ENDS_WHEN_READ: FlashRules = { ends: 'read', path: undefined };

/**
 * What one request did to the data of its session. Keys do not depend on each other. So a journal
 * that is applied to data which others changed keeps their changes to other keys, and their
 * operations on the same key.
 */
export class Journal {
  /** The data as this request sees and changes it. */
  data: SessionData;
  readonly #passing: Passing;
  #changes = new Changes();
  /** The changes of a running commit, until it has succeeded. */
  #sent: Changes | undefined;

  constructor(data: SessionData, rulesOf: () => FlashRules = () => ENDS_WHEN_READ) {
    this.data = data;
    this.#passing = new Passing(rulesOf);
    this.#passing.begin(data);
  }

  /** Drops all changes and goes on with data that were read again. */
  restart(data: SessionData): void {
    this.data = data;
    this.#changes = new Changes();
    this.settle();
    this.#passing.begin(data);
  }

  /** Ends the flash that this request read, where the response shows it. */
  endFlash(isShown = true): void {
    for (const [key, mark] of this.#passing.end(this.data, isShown))
      this.#changes.expiring.set(key, mark);
  }

  /** Lets no commit end the flash of a key because this request read it. */
  spareFlash(key: string): void {
    this.#passing.spare(key);
  }

  /**
   * Whether the handler changed something that is not stored: by a verb, or inside an object that
   * it holds.
   */
  get isChanged(): boolean {
    return !this.#changes.isEmpty || this.#sent?.isEmpty === false || this.#noticeMutations();
  }

  /** Whether there is something to store: a change, or flash whose time is over. */
  get isPending(): boolean {
    const isDue = this.#passing.isDue || this.#changes.isDue || this.#sent?.isDue === true;
    return isDue || this.isChanged;
  }

  /** Whether there is nothing that is worth a session. */
  get isEmpty(): boolean {
    // A default may have become a value.
    this.#noticeMutations();
    return this.data.size === 0 && this.data.facts.csrf === undefined;
  }

  has(key: string): boolean {
    return this.#passing.has(key) || (this.data.has(key) && !this.#passing.isElsewhere(key));
  }

  /** The value of a key. Reading flash of an earlier request ends it. */
  get(key: string): unknown {
    this.#passing.read(key, this.data);
    return this.peek(key);
  }

  /** As {@link get}, and flash stays. */
  peek(key: string): unknown {
    if (this.#passing.has(key)) return this.#passing.get(key);
    return this.#passing.isElsewhere(key) ? undefined : this.data.get(key);
  }

  /** The keys that have a value, or also those that have a default. */
  keys(defaults: Iterable<string> = []): Set<string> {
    const keys = new Set([...this.data.keys(), ...this.#passing.keys()]);
    for (const key of keys) if (!this.has(key)) keys.delete(key);
    return new Set([...keys, ...defaults]);
  }

  /** Replaces the whole value of a key; `undefined` removes it. */
  replace(key: string, value: unknown): void {
    // First, since it may refuse the value.
    if (value === undefined) this.data.delete(key);
    else this.data.set(key, value);
    this.#passing.forget(key);
    this.#changes.replace(key);
    this.data.flash.delete(key);
  }

  /** Whether `keys` lead to a value, null included. The handler gets hold of nothing. */
  exists(keys: Keys): boolean {
    const [key] = keys;
    if (keys.length === 1 || !this.has(key)) return this.has(key);
    return holds(this.#passing.has(key) ? this.#passing.get(key) : this.data.look(key), keys, 1);
  }

  /** Applies an operation, and records it for the case that a commit meets a conflict. */
  apply(operation: Operation): void {
    const { keys, isHeldOutside } = operation;
    const [key] = keys;
    const mark = this.#passing.release(key, this.data);
    if (mark !== undefined) this.#changes.unmarked.set(key, mark);
    else if (this.#passing.has(key)) this.replace(key, this.#passing.get(key));
    else if (this.#passing.isElsewhere(key)) this.replace(key, undefined);
    const base = this.data.textOf(key);
    this.data.change(keys, (present) => operation.now(present), isHeldOutside);
    this.#changes.add(key, base, operation);
  }

  /** Keeps what a function of the handler made, as long as that stays cheap. */
  remember(made: object, keys: Keys): Snapshot | undefined {
    const { remembered } = this.#changes;
    if (this.#changes.isReplaced(keys[0]) || remembered > MAX_REMEMBERED) return undefined;
    const snapshot = this.data.snapshot(made, keys.join('.'));
    this.#changes.remembered += snapshot.length;
    return snapshot;
  }

  clear(): void {
    this.#passing.clear();
    this.data.clear();
    this.#changes = this.#changes.cleared();
  }

  /** Removes all keys but these. Flash among them stays flash. */
  keepOnly(keys: readonly string[]): void {
    const kept = keys
      .filter((key) => this.#passing.has(key) || this.data.has(key))
      .map((key) => {
        const isPassing = this.#passing.has(key) && !this.#passing.isKept(key);
        const value = this.#passing.isElsewhere(key) ? this.data.get(key) : this.peek(key);
        return { key, value, path: this.#flashPath(key), isPassing };
      });
    this.clear();
    for (const { key, value, path, isPassing } of kept) {
      if (isPassing) this.pass(key, value);
      else if (path !== undefined) this.flash(key, value, path);
      else this.replace(key, value);
    }
  }

  /** For which path the value of a key is flash; `undefined` when it is none. */
  #flashPath(key: string): string | undefined {
    const mark = this.data.flash.get(key);
    return this.#changes.flashed.get(key) ?? (mark === undefined ? undefined : pathOf(mark));
  }

  /** Notes what is known beside the data; of two requests the later commit wins. */
  learn(news: Learned): void {
    this.data.facts = factsWith(this.data.facts, news);
    this.#changes.learned = learnedWith(this.#changes.learned, news);
  }

  /** What this request learned and nobody stored. */
  get learned(): Learned {
    return learnedWith(this.#sent?.learned, this.#changes.learned);
  }

  /** Goes on with the same data as a session of its own, which nobody wrote yet. */
  detach(): void {
    this.data.writers = [];
    this.data.facts = { handle: '' };
  }

  /** Shows a value to this request only. */
  pass(key: string, value: unknown): void {
    const settled = value === undefined ? value : this.data.settle(key, value);
    this.#passing.read(key, this.data);
    this.#passing.set(key, settled);
  }

  /** Stores a value for this request and the next, or for the next at a path. */
  flash(key: string, value: unknown, path = ''): void {
    this.replace(key, value);
    this.#changes.flashed.set(key, path);
  }

  /** Carries flash of the request before one request further: all of it, or that of some keys. */
  keep(keys?: readonly string[]): void {
    const seen = new Set(this.#passing.before);
    for (const key of keys ?? seen) if (seen.has(key)) this.flash(key, this.get(key));
  }

  /**
   * The text to store when nobody else wrote since the data was read: with the last commits of
   * `writers`, and with `facts` beside the data. `commit` is the one that flashes.
   */
  encode(writers: readonly string[], commit: string, facts: Facts): string {
    this.endFlash(false);
    this.#takeBack();
    for (const [key, path] of this.#changes.flashed) {
      this.#passing.own(key);
      this.data.flash.set(key, flashMark(commit, path));
    }
    const text = this.data.encode(writers, facts);
    this.#sent = this.#changes;
    this.#changes = new Changes();
    return text;
  }

  /** Makes `fresh`, which others wrote, the data in hand, with this journal applied to it. */
  rebase(fresh: SessionData): void {
    this.#takeBack();
    const { isCleared, expiring, unmarked, keys, learned } = this.#changes;
    if (learned !== undefined) {
      const provedAt = Math.max(fresh.facts.provedAt ?? 0, learned.provedAt ?? 0) || undefined;
      fresh.facts = { ...factsWith(fresh.facts, learned), provedAt };
    }
    if (isCleared) fresh.clear();
    for (const [key, commit] of expiring) if (fresh.flash.get(key) === commit) fresh.expire(key);
    for (const [key, mark] of unmarked) if (fresh.flash.get(key) === mark) fresh.flash.delete(key);
    // Noted once all went well: an operation may not fit what others stored.
    const rebased = new Map<string, Operations | 'replaced'>();
    for (const [key, change] of keys) rebased.set(key, this.#rebaseKey(key, change, fresh));
    for (const [key, change] of rebased) keys.set(key, change);
    fresh.adoptUnchanged(this.data);
    this.data = fresh;
    this.#passing.hide(fresh);
  }

  #rebaseKey(
    key: string,
    change: Operations | 'replaced',
    fresh: SessionData,
  ): Operations | 'replaced' {
    const base = fresh.textOf(key);
    if (change !== 'replaced' && base === change.base) {
      // Nobody else changed this key, so the value in hand is right, however it was made.
      fresh.adopt(key, this.data);
      return change;
    }
    if (change === 'replaced' || !this.data.isMadeBy(change.list, key, change.base)) {
      fresh.adopt(key, this.data);
      fresh.flash.delete(key);
      return 'replaced';
    }
    const list = change.list.map((operation) => operation.anew());
    for (const operation of list) {
      const replay = (present: unknown): unknown => operation.replay(present);
      fresh.change(operation.keys, replay, operation.isHandlerCode, operation.usesDefault);
    }
    return { base, list };
  }

  /** Forgets the changes that are stored. What passes stays visible until the request ends. */
  settle(): void {
    this.#sent = undefined;
  }

  /** Takes back the changes of a commit that did not succeed. */
  #takeBack(): void {
    this.#noticeMutations();
    if (this.#sent !== undefined) this.#changes = this.#sent.with(this.#changes);
    this.#sent = undefined;
  }

  #noticeMutations(): boolean {
    let isMutated = false;
    for (const key of this.data.mutated()) {
      this.#changes.replace(key);
      isMutated = true;
    }
    return isMutated;
  }
}
