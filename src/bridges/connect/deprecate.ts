const said = new Set<string>();

/** Warns once about a use that express-session calls deprecated, in its words. */
export function deprecate(what: string): void {
  if (said.has(what)) return;
  said.add(what);
  process.emitWarning(`express-session deprecated ${what}`, 'DeprecationWarning');
}
