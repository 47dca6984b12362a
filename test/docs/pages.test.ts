import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pageOf } from '../package/stranger.js';
import { docLinks, docPages } from './code-blocks.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = docPages(root).filter((name) => name.startsWith('docs/'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports).filter((name) => name !== './package.json');

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

test.each(entries)('a page shows how to import %s', (entry) => {
  const line = `from 'sojourn${entry.slice(1)}'`;
  expect(pages.filter((page) => textOf(page).includes(line))).not.toEqual([]);
});

/** Lists, and tables made from the tests. */
const NO_PART = /\/(?:README|matrix|runtimes)\.md$/;
const ofParts = pages.filter(
  (page) => /^docs\/(?:adapters|stores)\//.test(page) && !NO_PART.test(page),
);

test.each(ofParts)(
  '%s begins with the install, an example, and settings for production',
  (page) => {
    const headings = [...textOf(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.slice(0, 2)).toEqual(['Set-up', 'Example']);
    expect(headings).toContain('In production');
  },
);

test.each(['stores', 'adapters'])('every file of src/%s has a page', (folder) => {
  const own = entries
    .filter((entry) =>
      folder === 'stores'
        ? entry.startsWith('./stores/')
        : manifest.exports[entry].default.startsWith('./dist/adapters/'),
    )
    // h3 1 is on the page of h3.
    .map((entry) => `docs/${folder}/${entry.split('/').at(-1)?.replace('h3v1', 'h3')}.md`);
  for (const page of own) expect(pages).toContain(page);
});

test.each(pages.filter((page) => page !== 'docs/README.md'))(
  '%s is linked from the list of its folder, or from that of all pages',
  (page) => {
    const lists = ['docs/README.md', join(dirname(page), 'README.md')];
    const targets = lists
      .filter((list) => pages.includes(list))
      .flatMap((list) => docLinks(root, list).map(({ target }) => target));
    expect(targets).toContain(page);
  },
);

/** Pages whose files are the app of an example, and the example. */
const APPS = [
  ['astro', 'astro'],
  ['elysia', 'elysia'],
  ['h3', 'nuxt'],
  ['nestjs', 'nestjs'],
  ['next', 'next'],
  ['react-router', 'react-router'],
  ['sveltekit', 'sveltekit'],
] as const;

test.each(APPS)('the files of docs/adapters/%s.md are those of examples/%s', (page, example) => {
  for (const [file, code] of pageOf(`adapters/${page}.md`).files())
    expect(readFileSync(join(root, 'examples', example, file), 'utf8'), file).toBe(code);
});
