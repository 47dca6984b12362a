import { readFileSync } from 'node:fs';
// biome-ignore lint/correctness/noUndeclaredDependencies: it comes with vitest.
import { parseAst } from 'rolldown/parseAst';

/** @typedef {Record<string, any>} AstNode A node of the syntax tree, as ESTree names it. */
/** @typedef {Readonly<Record<string, string>>} Differences Reasons by the case that differs. */

/**
 * What a test file says of itself, without running it.
 * @param {URL} file
 * @param {Readonly<Record<string, AstNode>>} [imported] values of names that it imports
 */
export function readTests(file, imported = {}) {
  const program = parse(file);
  const calls = [...callsIn(program)];
  const values = { ...imported, ...constantsOf(program) };
  return {
    /** The titles of its tests and groups. */
    titles: calls
      .filter(({ callee }) => ['test', 'describe', 'it'].includes(rootOf(callee)))
      .map(({ arguments: [title] }) => title?.value ?? title?.quasis?.[0]?.value.cooked)
      .filter((title) => typeof title === 'string'),
    /** The differences that each of its adapter suites declares. */
    suites: calls
      .filter(({ callee }) => callee.name === 'adapterSuite')
      .map(({ arguments: [options] }) => {
        const declared = options.properties.find(
          (/** @type {AstNode} */ { key }) => key?.name === 'differences',
        );
        return declared === undefined ? {} : differencesOf(declared.value, values);
      }),
  };
}

/** The values of the constants of a file. @param {URL} file */
export function valuesOf(file) {
  return constantsOf(parse(file));
}

/** @param {AstNode} program @returns {Record<string, AstNode>} */
function constantsOf(program) {
  const declarations = program.body
    .map((/** @type {AstNode} */ node) => node.declaration ?? node)
    .flatMap((/** @type {AstNode} */ { declarations = [] }) => declarations);
  return Object.fromEntries(
    declarations.map((/** @type {AstNode} */ { id, init }) => [id.name, init]),
  );
}

/**
 * @param {AstNode} node an object, or the name of one
 * @param {Readonly<Record<string, AstNode>>} values
 * @returns {Differences}
 */
export function differencesOf(node, values) {
  if (node.type === 'Identifier') {
    const value = values[node.name];
    if (value === undefined) throw new Error(`Nothing is known of ${node.name}.`);
    return differencesOf(value, values);
  }
  return Object.assign(
    {},
    ...node.properties.map((/** @type {AstNode} */ { type, argument, key, value }) =>
      type === 'SpreadElement'
        ? differencesOf(argument, values)
        : { [key.value ?? key.name]: value.value },
    ),
  );
}

/** @param {URL} file @returns {AstNode} */
function parse(file) {
  return parseAst(readFileSync(file, 'utf8'), { lang: 'ts' });
}

/** @param {unknown} node @returns {Generator<AstNode>} */
function* callsIn(node) {
  if (typeof node !== 'object' || node === null) return;
  if ('type' in node && node.type === 'CallExpression') yield node;
  for (const part of Object.values(node)) yield* callsIn(part);
}

/** The name at the root of `test.skipIf(old)`. @param {AstNode} callee @returns {string} */
function rootOf(callee) {
  const inner = callee.object ?? callee.callee;
  return inner === undefined ? callee.name : rootOf(inner);
}
