/** The next items, at most `count`; none when there are no more. */
export async function take<Item>(
  items: AsyncIterator<Item> | Iterator<Item>,
  count: number,
): Promise<Item[]> {
  const taken: Item[] = [];
  while (taken.length < count) {
    const next = await items.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

/** All items, `size` at a time. */
export async function* batches<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[]> {
  const iterator =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  for (let batch = await take(iterator, size); batch.length > 0; batch = await take(iterator, size))
    yield batch;
}

/** Each item once. Remembers all of them. */
export async function* distinct<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const seen = new Set<Item>();
  for await (const item of items) {
    if (seen.has(item)) continue;
    seen.add(item);
    yield item;
  }
}
