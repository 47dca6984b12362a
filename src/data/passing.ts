import type { SessionData } from './data.js';

/**
 * When flash of an earlier request ends: with the response that shows it, with the commit after it
 * was read, with the next request, or never in this one.
 */
export type FlashEnds = 'page' | 'read' | 'next' | 'keep';

/** How one request treats flash of earlier ones. */
export interface FlashRules {
  readonly ends: FlashEnds;
  /** The request's path. `undefined`: it sees flash for every path. */
  readonly path: string | undefined;
}

/** What the data keep beside a key that `commit` flashed, for requests of one path or of all. */
export function flashMark(commit: string, path: string): string {
  return path === '' ? commit : `${commit} ${path}`;
}

/** The path in a mark; empty for all. */
export function pathOf(mark: string): string {
  const [, path = ''] = mark.split(' ', 2);
  return path;
}

/**
 * What passes with this request: values of `now`, and flash of earlier requests, each key with the
 * mark that it has in the data.
 */
export class Passing {
  readonly #rulesOf: () => FlashRules;
  #ends: FlashEnds = 'keep';
  /** Values that only this request sees. Those of flash are in the data until a commit ends it. */
  readonly #values = new Map<string, unknown>();
  readonly #unread = new Map<string, string>();
  /** Flash that this request saw and no commit ended yet. */
  readonly #seen = new Map<string, string>();
  /** All flash that was there for this request, for `reflash`. */
  readonly #before = new Set<string>();
  /** Keys of flash for another path. */
  readonly #elsewhere = new Set<string>();
  /** Keys that this request flashed and stored. Read again, they are not of an earlier request. */
  readonly #own = new Set<string>();

  /** The rules are asked for when there is flash. */
  constructor(rulesOf: () => FlashRules) {
    this.#rulesOf = rulesOf;
  }

  begin(data: SessionData): void {
    this.clear();
    if (data.flash.size === 0) return;
    this.#ends = this.#rulesOf().ends;
    this.hide(data);
    if (this.#ends === 'keep') return;
    for (const [key, mark] of data.flash) {
      if (this.#own.has(key) || this.#elsewhere.has(key)) continue;
      this.#before.add(key);
      this.#unread.set(key, mark);
      if (this.#ends === 'next') this.read(key, data);
    }
  }

  /** Hides flash for other paths. Others may have stored more of it. */
  hide({ flash }: SessionData): void {
    this.#elsewhere.clear();
    if (flash.size === 0) return;
    const { path } = this.#rulesOf();
    for (const [key, mark] of flash) {
      const wanted = pathOf(mark);
      const isElsewhere = wanted !== '' && path !== undefined && wanted !== path;
      if (isElsewhere && !this.#own.has(key)) this.#elsewhere.add(key);
    }
  }

  isElsewhere(key: string): boolean {
    return this.#elsewhere.has(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  get(key: string): unknown {
    return this.#values.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  /** A value of `now`. */
  set(key: string, value: unknown): void {
    this.#values.set(key, value);
    this.#before.delete(key);
  }

  /** Shows flash of an earlier request to this one. */
  read(key: string, data: SessionData): void {
    const mark = this.#unread.get(key);
    if (mark === undefined) return;
    this.#unread.delete(key);
    this.#seen.set(key, mark);
    this.#values.set(key, data.look(key));
  }

  /** As if this request had not read the flash of a key. */
  spare(key: string): void {
    const mark = this.#seen.get(key);
    if (mark === undefined) return;
    this.#seen.delete(key);
    this.#values.delete(key);
    this.#unread.set(key, mark);
  }

  /** Flash of an earlier request becomes a value that stays: the mark that it had. */
  release(key: string, data: SessionData): string | undefined {
    const mark = this.#unread.get(key) ?? this.#seen.get(key);
    if (mark === undefined || data.flash.get(key) !== mark) return undefined;
    // The handler may hold the value that it read.
    if (this.#seen.has(key)) data.get(key);
    this.forget(key);
    data.flash.delete(key);
    return mark;
  }

  /**
   * Takes the flash out of the data that ends with this commit: keys and marks. With `isShown`, the
   * response shows what the request read.
   */
  end(data: SessionData, isShown: boolean): [key: string, mark: string][] {
    if (this.#ends === 'page' && !isShown) return [];
    const ended = [...this.#seen].filter(([key, mark]) => data.flash.get(key) === mark);
    this.#seen.clear();
    for (const [key] of ended) data.expire(key);
    return ended;
  }

  /** Whether the next commit ends flash. */
  get isDue(): boolean {
    return this.#ends !== 'page' && this.#seen.size > 0;
  }

  /** Whether a key that the request read is flash for the next one, unless the response shows it. */
  isKept(key: string): boolean {
    return this.#ends === 'page' && this.#seen.has(key);
  }

  /** The request put something else in the place of a key. */
  forget(key: string): void {
    this.#values.delete(key);
    this.#unread.delete(key);
    this.#seen.delete(key);
    this.#before.delete(key);
    this.#elsewhere.delete(key);
  }

  /** The request flashed this key and stored it. */
  own(key: string): void {
    this.#own.add(key);
  }

  get before(): ReadonlySet<string> {
    return this.#before;
  }

  clear(): void {
    this.#values.clear();
    this.#unread.clear();
    this.#seen.clear();
    this.#before.clear();
    this.#elsewhere.clear();
  }
}
