/** Adapters with one mistake each, and the cases that must see it. */
export type Mistakes<Adapter> = readonly (readonly [
  mistake: string,
  ids: readonly string[],
  adapter: Adapter,
])[];

/** Each mistake with each of its cases. */
export function eachOf<Adapter>(
  mistakes: Mistakes<Adapter>,
): [mistake: string, id: string, adapter: Adapter][] {
  return mistakes.flatMap(([mistake, ids, adapter]) =>
    ids.map((id): [string, string, Adapter] => [mistake, id, adapter]),
  );
}
