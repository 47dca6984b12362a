/*
 * `node scripts/adapter-matrix.js` writes docs/adapters/matrix.md from the tests of the frameworks;
 * test/docs/adapter-matrix.test.ts fails when the page is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FRAMEWORKS } from '../bench/frameworks/index.js';
import { differencesOf, readTests, valuesOf } from './test-sources.js';

/** @import { Differences } from './test-sources.js' */

const root = new URL('../', import.meta.url);
const page = new URL('docs/adapters/matrix.md', root);
const helpers = new URL('test/adapters/web-reply.ts', root);

/**
 * The packages of each framework, as the lock files name them, its page, and its tests. `row` is
 * its name in `npm run races` and `npm run bench`, where that is not the page's.
 * @typedef {object} Place
 * @property {Readonly<Record<string, readonly string[]>>} packages by the name that people know
 * @property {number} [digits] how many numbers of a version count; default 1
 * @property {string} page
 * @property {readonly string[]} [tests] default: one with the name of the page
 * @property {string} [row]
 */

/** @type {readonly Place[]} */
const places = [
  { packages: { Fastify: ['fastify', 'fastify4'] }, page: 'fastify' },
  { packages: { Koa: ['koa', 'koa2'] }, page: 'koa' },
  { packages: { Hono: ['hono'] }, page: 'hono' },
  { packages: { h3: ['h3'] }, page: 'h3' },
  {
    packages: { h3: ['h3v1'], Nitro: ['nitropack'] },
    page: 'h3',
    tests: ['h3v1', 'nitro'],
    row: 'nitro',
  },
  { packages: { Elysia: ['elysia'] }, digits: 2, page: 'elysia' },
  {
    packages: { NestJS: ['@nestjs/core', 'nest11/node_modules/@nestjs/core'] },
    page: 'nestjs',
    tests: ['nestjs', 'nestjs-modules'],
  },
  { packages: { Polka: ['polka', 'polka1'] }, digits: 2, page: 'polka' },
  { packages: { Restify: ['restify'] }, page: 'restify' },
  { packages: { hapi: ['@hapi/hapi'] }, page: 'hapi' },
  { packages: { Next: ['next/node_modules/next'] }, page: 'next', tests: ['next', 'next-page'] },
  { packages: { 'React Router': ['react-router', 'react-router8'] }, page: 'react-router' },
  { packages: { SvelteKit: ['sveltekit/node_modules/@sveltejs/kit'] }, page: 'sveltekit' },
  { packages: { Astro: ['astro/node_modules/astro'] }, page: 'astro' },
];

/** What a title has to say for a column to be tested. */
const columns = [
  { name: 'error path', title: /error page|error handler|onError/ },
  { name: '`session()`', title: /session\(\)/ },
  { name: 'nested requests', title: /with the same cookies|requests to itself/ },
  { name: 'tests in its habit', title: /^in the habit of/ },
];

/** What is no difference of a framework, when another suite of it has a server. */
const imported = valuesOf(helpers);
const withoutServer = differencesOf({ type: 'Identifier', name: 'WITHOUT_SERVER' }, imported);

/** The page, as it has to be. */
export function adapterMatrix() {
  const rows = places.map(({ packages, digits = 1, page, tests = [page], row = page }) => {
    const sources = tests.map((test) =>
      readTests(new URL(`test/frameworks/${test}.test.ts`, root), imported),
    );
    const suites = sources.flatMap(({ suites }) => suites);
    const titles = sources.flatMap(({ titles }) => titles);
    const differences = differencesIn(suites);
    const streams = differences.filter(([id]) => id.startsWith('stream/'));
    return [
      `[${nameOf(packages, digits)}](${page}.md)`,
      suites.length > 0 ? passed(differences) : 'no',
      /const views: number = /.test(read(`docs/adapters/${page}.md`)) ? 'yes' : 'no',
      passed(streams),
      ...columns.map(({ title }) => (titles.some((one) => title.test(one)) ? 'yes' : 'no')),
      row in FRAMEWORKS ? 'yes' : 'no',
    ];
  });
  const head = [
    'framework',
    'suite',
    'types',
    'streaming',
    ...columns.map(({ name }) => name),
    'races',
  ];
  return `# What is tested with which framework

\`node scripts/adapter-matrix.js\` makes this table from the tests in \`test/frameworks\`. "Suite" is
\`adapterSuite\`, run through the framework's own response path. If a case differs, the cell names the
case and the reason. "Types" means that the example on the framework's page compiles, and that a key
that is not in the data does not compile. "Races" means that \`npm run races\` and \`npm run bench\`
have a row for the framework.

${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}

/** @param {readonly Differences[]} suites @returns {[id: string, reason: string][]} */
function differencesIn(suites) {
  const all = Object.entries(Object.assign({}, ...suites));
  return all.filter(([id, reason]) => {
    if (reason.startsWith('as ')) return false;
    return withoutServer[id] !== reason || suites.every((suite) => id in suite);
  });
}

/** @param {readonly [id: string, reason: string][]} differences */
function passed(differences) {
  if (differences.length === 0) return 'yes';
  return `yes, but ${differences.map(([id, reason]) => `\`${id}\`: ${reason}`).join('; ')}`;
}

/** `Koa 3 and 2`. @param {Place['packages']} packages @param {number} digits */
function nameOf(packages, digits) {
  return Object.entries(packages)
    .map(([name, those]) => {
      const versions = those.map((one) => versionOf(one).split('.').slice(0, digits).join('.'));
      return `${name} ${versions.join(' and ')}`;
    })
    .join(', ');
}

/** @param {string} place a package, or its path below test/frameworks */
function versionOf(place) {
  const [, folder = '', name = place] = /^(next|sveltekit|astro)\/(.+)$/.exec(place) ?? [];
  const key = name.includes('node_modules/') ? name : `node_modules/${name}`;
  const lock = JSON.parse(read(`test/frameworks/${folder && `${folder}/`}package-lock.json`));
  return String(lock.packages[key].version);
}

/** @param {string} name */
function read(name) {
  return readFileSync(new URL(name, root), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, adapterMatrix());
