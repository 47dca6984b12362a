const BITS = 12;
const SIZE = 1 << BITS;

interface Page<Item> {
  [index: number]: Item;
}

/** A long array in pages. Growing copies nothing, so it never pauses the process. */
export class Pages<Item> {
  readonly #pages: Page<Item>[] = [];
  readonly #makePage: (size: number) => Page<Item>;

  constructor(makePage: (size: number) => Page<Item>) {
    this.#makePage = makePage;
  }

  get(index: number): Item {
    return this.#page(index)[index & (SIZE - 1)] as Item;
  }

  set(index: number, item: Item): void {
    this.#page(index)[index & (SIZE - 1)] = item;
  }

  #page(index: number): Page<Item> {
    const number = index >>> BITS;
    this.#pages[number] ??= this.#makePage(SIZE);
    return this.#pages[number];
  }
}

/** Whole numbers up to 2^31, all 0 at first. */
export function integerPages(): Pages<number> {
  return new Pages((size) => new Int32Array(size));
}

/** Numbers of any kind, all 0 at first. */
export function numberPages(): Pages<number> {
  return new Pages((size) => new Float64Array(size));
}

/** Values of any kind, all absent at first. */
export function valuePages<Value>(): Pages<Value | undefined> {
  return new Pages<Value | undefined>((size) => new Array<Value | undefined>(size));
}
