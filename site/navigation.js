// The bars of the site, made from the pages that are there: a new page appears by itself.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pagesFolder } from './pages.js';

/** @typedef {{ text: string, link?: string, collapsed?: boolean, items?: Entry[] }} Entry */

const CONTENTS = 'contents.md';
const LINK = /\]\((?!\w+:)([^)#\s]+\.md)/g;

/**
 * A group for each folder. Groups and pages come in the order in which the table of contents names
 * them, then in that of the folder's own page, then by name.
 * @returns {Entry[]}
 */
export function docsSidebar() {
  const contents = linksOf(CONTENTS);
  const folders = foldersIn('').filter((name) => name !== 'api' && name !== 'project');
  const alone = pagesIn('').filter((page) => page !== 'index.md' && page !== CONTENTS);
  return [
    { text: 'Contents', link: linkTo(CONTENTS) },
    ...inOrder(folders, contents.map(folderOf)).map((folder) => groupOf(folder, contents)),
    ...inOrder(alone, contents).map(entryOf),
    groupOf('project', contents),
  ];
}

/**
 * What is above each page: a link for each group.
 * @param {Entry[]} sidebar
 * @returns {Entry[]}
 */
export function topBar(sidebar) {
  const links = sidebar.flatMap(({ link, items }) => (items && (link ?? items[0]?.link)) || []);
  const entries = links.map((link) => ({ text: nameOf(link.split('/')[1] ?? ''), link }));
  return [...entries.filter(({ text }) => text !== 'Project'), { text: 'API', link: '/api/' }];
}

/**
 * @param {Iterable<string>} modules As a program imports them.
 * @returns {Entry[]}
 */
export function apiSidebar(modules) {
  const pages = [...modules].flatMap((name) =>
    [`api/${name}.md`, `api/${name}/index.md`, ...pagesIn(`api/${name}/namespaces`)].filter(
      (page) => existsSync(join(pagesFolder, page)),
    ),
  );
  return [{ text: 'API', link: '/api/', items: pages.map(entryOf) }];
}

/**
 * @param {string} folder
 * @param {string[]} contents
 * @returns {Entry}
 */
function groupOf(folder, contents) {
  const index = `${folder}/index.md`;
  const pages = inOrder(pagesIn(folder), [...contents, ...linksOf(index)]);
  const items = pages.filter((page) => page !== index).map(entryOf);
  const collapsed = folder !== 'guide';
  return existsSync(join(pagesFolder, index))
    ? { ...entryOf(index), collapsed, items }
    : { text: nameOf(folder), collapsed, items };
}

/**
 * @param {string} page
 * @returns {Entry}
 */
function entryOf(page) {
  return { text: titleOf(page), link: linkTo(page) };
}

/** @param {string} page */
function titleOf(page) {
  const [, title = page] = /^# (.+?)(?: \{#.+\})?$/m.exec(textOf(page)) ?? [];
  return title.replaceAll(/[`\\]/g, '');
}

/**
 * The pages that a page links to.
 * @param {string} page
 */
function linksOf(page) {
  return [...textOf(page).matchAll(LINK)].map(([, path = '']) =>
    posix.join(posix.dirname(page), path),
  );
}

/**
 * @param {string[]} names
 * @param {string[]} order Names that it lacks come last.
 */
function inOrder(names, order) {
  return [...new Set([...order.filter((name) => names.includes(name)), ...names])];
}

/** @param {string} folder */
function nameOf(folder) {
  return `${folder.charAt(0).toUpperCase()}${folder.slice(1).replaceAll('-', ' ')}`;
}

/** @param {string} page */
function folderOf(page) {
  return posix.dirname(page).split('/')[0] ?? '';
}

/** @param {string} page */
function linkTo(page) {
  return `/${page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
}

/** @param {string} folder */
function pagesIn(folder) {
  return namesIn(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name));
}

/** @param {string} folder */
function foldersIn(folder) {
  return namesIn(folder).filter((name) => !name.includes('.'));
}

/** @param {string} folder */
function namesIn(folder) {
  const path = join(pagesFolder, folder);
  return existsSync(path) ? readdirSync(path).toSorted() : [];
}

/** @param {string} page */
function textOf(page) {
  const path = join(pagesFolder, page);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
