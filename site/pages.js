// The site's pages: copies of the repository's Markdown, with links that work on the site.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstTabs, withTabs } from './tabs.js';

export const root = fileURLToPath(new URL('../', import.meta.url));
/** Where VitePress finds the pages. Git ignores it. */
export const pagesFolder = fileURLToPath(new URL('.pages/', import.meta.url));

const PLACES = new Map([
  ['README.md', 'index.md'],
  ['docs/README.md', 'contents.md'],
  ['CHANGELOG.md', 'project/changelog.md'],
  ['CONVENTIONS.md', 'project/conventions.md'],
  ['SECURITY.md', 'project/security.md'],
  ['bench/RESULTS.md', 'project/measurements.md'],
]);
const CODE = /(^```[\s\S]*?^```$)/m;
const LINK = /\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)/g;

/**
 * Where a file of the repository is on the site: `docs/stores/README.md` is at `stores/index.md`.
 * Undefined for a file that the site does not show.
 * @param {string} file From the root of the repository.
 */
export function placeOf(file) {
  const place = PLACES.get(file);
  if (place !== undefined || !file.startsWith('docs/') || !file.endsWith('.md')) return place;
  const inDocs = file.slice('docs/'.length);
  return basename(inDocs) === 'README.md' ? posix.join(dirname(inDocs), 'index.md') : inDocs;
}

/** Writes every page but those of the API. What is gone from the repository goes from the site. */
export function writePages() {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join('docs', name.replaceAll('\\', '/')))
    .filter((name) => name.endsWith('.md'));
  const pages = new Map([['index.md', homePage()]]);
  for (const file of [...PLACES.keys(), ...docs]) {
    const place = placeOf(file);
    if (place !== undefined && !pages.has(place)) pages.set(place, pageOf(file, place));
  }
  mkdirSync(pagesFolder, { recursive: true });
  for (const name of readdirSync(pagesFolder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.md') && !name.startsWith('api') && !pages.has(name.replaceAll('\\', '/')))
      rmSync(join(pagesFolder, name));
  for (const [place, text] of pages) write(place, text);
}

/**
 * @param {string} file
 * @param {string} place
 */
function pageOf(file, place) {
  const parts = withTabs(read(file), file).split(CODE);
  return parts
    .map((part, index) =>
      // Code is at the odd ones.
      index % 2 === 1
        ? part
        : part.replaceAll(LINK, (_link, text, path, anchor = '') => {
            const target = placeOf(posix.join(dirname(file), path));
            if (target === undefined) return text;
            return `[${text}](${posix.relative(dirname(place), target)}${anchor})`;
          }),
    )
    .join('');
}

/** The first versions of "Getting started" are the home page's code. */
function homePage() {
  const home = readFileSync(new URL('home.md', import.meta.url), 'utf8');
  const versions = firstTabs(read('docs/guide/getting-started.md'));
  return withTabs(
    home.replace('<!-- versions -->', () => versions),
    'site/home.md',
  );
}

/** @param {string} file */
function read(file) {
  return readFileSync(join(root, file), 'utf8');
}

/**
 * Leaves a page alone that is the same as before: a browser that shows it need not load it again.
 * @param {string} place
 * @param {string} text
 */
function write(place, text) {
  const path = join(pagesFolder, place);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
