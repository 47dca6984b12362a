import { isDeepStrictEqual } from 'node:util';
import { applyAll, type Content, EMPTY, type Operation } from './model.js';

/** What the model says that one request sees. */
export class View {
  /** The operations that no commit has acknowledged yet. */
  pending: readonly Operation[] = [];
  /** What the session held when it was last read or written. */
  base: Content = EMPTY;
  /** What only this request sees. */
  readonly #passing = new Map<string, unknown>();
  readonly #flashedBefore = new Set<string>();
  /** Keys that this request flashed and stored. */
  readonly #flashedHere = new Set<string>();

  readonly #endsWithPage: boolean;
  /** What ends with the response, and not with a commit in front of it. */
  #shown: readonly Operation[] = [];

  /** With `endsWithPage`, flash ends as `flash: 'page'` says. */
  constructor(endsWithPage: boolean) {
    this.#endsWithPage = endsWithPage;
  }

  /** The request read `content`. It looks at all of it, so flash of the request before ends. */
  read(content: Content): void {
    this.#passing.clear();
    this.#flashedBefore.clear();
    this.base = content;
    const { data, flash } = content;
    const before = Object.keys(flash).filter((key) => !this.#flashedHere.has(key));
    for (const key of before) {
      this.#passing.set(key, data[key]);
      this.#flashedBefore.add(key);
    }
    const expired = before.map(
      (key): Operation => ({ kind: 'expire', key, commit: flash[key] ?? '' }),
    );
    this.pending = this.#endsWithPage ? [] : expired;
    this.#shown = this.#endsWithPage ? expired : [];
  }

  /** The response shows what the request read, which others may have ended meanwhile. */
  show(): void {
    const ended = this.#shown.filter(
      (operation) =>
        operation.kind === 'expire' && this.base.flash[operation.key] === operation.commit,
    );
    this.pending = [...this.pending, ...ended];
    this.#shown = [];
  }

  /** An empty session begins. */
  begin(): void {
    this.pending = [];
    this.#shown = [];
    this.base = EMPTY;
    this.#passing.clear();
    this.#flashedBefore.clear();
    this.#flashedHere.clear();
  }

  /** Gives a function that takes back all that is noted until then. */
  remember(): () => void {
    const { pending } = this;
    const passing = [...this.#passing];
    const flashedBefore = [...this.#flashedBefore];
    return () => {
      this.pending = [...pending];
      for (const [key, value] of passing) this.#passing.set(key, value);
      for (const key of flashedBefore) this.#flashedBefore.add(key);
    };
  }

  note(operation: Operation): void {
    this.pending = [...this.pending, operation];
    const keys = 'key' in operation ? [operation.key] : [...this.#passing.keys()];
    for (const key of keys) this.#hide(key);
  }

  /** Only this request sees `value`. */
  pass(key: string, value: unknown): void {
    this.#passing.set(key, value);
    this.#flashedBefore.delete(key);
  }

  /** The flash of the request before that this one saw. */
  flashBefore(): [key: string, value: unknown][] {
    const { data } = this.content();
    return [...this.#flashedBefore].map((key) => [key, data[key]]);
  }

  /**
   * A commit ended. `candidates` are what the session may have held since: whichever explains what
   * the request sees now is the base from here on.
   */
  settle(isStored: boolean, candidates: readonly Content[], shown: object): void {
    if (isStored) {
      for (const operation of this.pending)
        if (operation.kind === 'flash') this.#flashedHere.add(operation.key);
    }
    const { pending } = this;
    this.pending = [];
    const after = isStored ? candidates : candidates.map((base) => applyAll(base, pending));
    const found = after.find((base) => isDeepStrictEqual(this.#with(base.data), shown));
    this.base = found ?? after[0] ?? EMPTY;
  }

  content(): Content {
    const { data, flash } = applyAll(this.base, this.pending);
    return { data: this.#with(data), flash };
  }

  #hide(key: string): void {
    this.#passing.delete(key);
    this.#flashedBefore.delete(key);
  }

  #with(data: Content['data']): Content['data'] {
    return { ...data, ...Object.fromEntries(this.#passing) };
  }
}
