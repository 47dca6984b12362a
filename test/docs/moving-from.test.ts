import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const tests = ['test/dialects', 'test/bridges', 'test/examples', 'test/types']
  .flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(new URL(name, root), 'utf8'))
  .join('\n');

/** The tests that a page's tables name: what is in code in the last column of a table whose last heading is `test`. */
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

test.each(['cookie-session.md', 'express3.md'])('every test that %s names is there', (page) => {
  const missing = testsOf(page).filter((name) => !tests.includes(name) && !tests.includes(name.replaceAll("'", "\\'")));
  expect([testsOf(page).length > 20, missing]).toEqual([true, []]);
});
