/** Each mistake with each of the cases that must see it. */
export function eachOf<Adapter>(
  mistakes: readonly (readonly [mistake: string, ids: readonly string[], adapter: Adapter])[],
): [mistake: string, id: string, adapter: Adapter][] {
  return mistakes.flatMap(([mistake, ids, adapter]) =>
    ids.map((id): [string, string, Adapter] => [mistake, id, adapter]),
  );
}
