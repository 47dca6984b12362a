import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const tests = ['test/dialects', 'test/frameworks', 'test/bridges', 'test/examples', 'test/types']
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  )
  .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
  .map((name) => readFileSync(new URL(name, root), 'utf8'))
  .join('\n');

/**
 * The tests that a page's tables name: what is in code in the last column of a table whose last
 * heading is `test`.
 */
function testsOf(page: string): string[] {
  const names: string[] = [];
  let isNaming = false;
  for (const line of readFileSync(new URL(`docs/moving-from/${page}`, root), 'utf8').split('\n')) {
    const cell = line.startsWith('|') ? line.split('|').at(-2)?.trim() : undefined;
    if (cell === undefined) isNaming = false;
    else if (cell === 'test') isNaming = true;
    else if (isNaming) names.push(...[...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  }
  return names;
}

/**
 * Whether a test, or an app that tests run, has this whole name. A title may go on after a colon,
 * or have a prefix before one.
 */
function isThere(name: string): boolean {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", "\\\\?'");
  return new RegExp(`(['"\`]|: )${escaped}(['"\`]|: )`).test(tests);
}

test.each([
  'cookie-session.md',
  'express-session.md',
  'express3.md',
  'fort.md',
  'ostro.md',
  'simples.md',
])('every test that %s names is there', (page) => {
  const names = testsOf(page);
  expect([names.length > 15, names.filter((name) => !isThere(name))]).toEqual([true, []]);
});

test.each([
  'adonis-session.md',
  'fastify-session.md',
  'h3-session.md',
  'hono-session.md',
  'hono-sessions.md',
  'iron-session.md',
  'koa-session.md',
  'react-router.md',
])('every test that %s names is there', (page) => {
  const names = testsOf(page);
  expect([names.length > 5, names.filter((name) => !isThere(name))]).toEqual([true, []]);
});
