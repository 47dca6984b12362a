import { type Learned, learnedWith } from './learned.js';
import type { Operation } from './operations.js';

/** The operations that were applied to the value of one key. */
export interface Operations {
  /** The text of the value before the first of them; `undefined` when the key was absent. */
  readonly base: string | undefined;
  readonly list: Operation[];
}

/**
 * A batch of changes, key by key: the whole value was replaced, or operations were applied to it.
 */
export class Changes {
  isCleared = false;
  readonly keys: Map<string, Operations | 'replaced'> = new Map<string, Operations | 'replaced'>();
  /** How much text was spent on what functions of the handler made, in characters. */
  remembered = 0;
  /** Keys that this request flashed, each with the path that shall see it; empty for all. */
  readonly flashed: Map<string, string> = new Map<string, string>();
  /**
   * Flash of earlier requests, with the mark of each key. This request's commit removes
   * it; a newer flash of the same key stays.
   */
  readonly expiring: Map<string, string> = new Map<string, string>();
  /** Flash that an operation of this request made a value that stays, with the mark that it had. */
  readonly unmarked: Map<string, string> = new Map<string, string>();
  learned: Learned | undefined;

  get isEmpty(): boolean {
    return (
      !this.isCleared &&
      this.keys.size === 0 &&
      this.flashed.size === 0 &&
      this.learned === undefined
    );
  }

  /** Whether there is something to store that the handler did not do. */
  get isDue(): boolean {
    return this.expiring.size > 0;
  }

  replace(key: string): void {
    this.keys.set(key, 'replaced');
    this.flashed.delete(key);
  }

  isReplaced(key: string): boolean {
    return this.keys.get(key) === 'replaced';
  }

  /** Adds an operation on a key whose text was `base` before it. */
  add(key: string, base: string | undefined, operation: Operation): void {
    const present = this.keys.get(key);
    if (present === undefined) this.keys.set(key, { base, list: [operation] });
    else if (present !== 'replaced') present.list.push(operation);
  }

  /** The changes of a request that cleared all data after these. */
  cleared(): Changes {
    const cleared = new Changes();
    cleared.isCleared = true;
    cleared.remembered = this.remembered;
    cleared.learned = this.learned;
    return cleared;
  }

  /** These changes with `later` ones after them. */
  with(later: Changes): Changes {
    if (this.learned !== undefined) later.learned = learnedWith(this.learned, later.learned);
    if (later.isCleared) return later;
    this.learned = later.learned;
    for (const [key, change] of later.keys) {
      if (change === 'replaced') this.replace(key);
      else for (const operation of change.list) this.add(key, change.base, operation);
    }
    this.remembered += later.remembered;
    for (const [key, path] of later.flashed) this.flashed.set(key, path);
    for (const [key, mark] of later.expiring) this.expiring.set(key, mark);
    for (const [key, mark] of later.unmarked) this.unmarked.set(key, mark);
    return this;
  }
}
