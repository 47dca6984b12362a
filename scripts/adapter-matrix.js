/*
 * `node scripts/adapter-matrix.js` writes docs/adapters/matrix.md from the tests of the frameworks;
 * test/docs/adapter-matrix.test.ts fails when the page is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const page = new URL('docs/adapters/matrix.md', root);

/** Which test files and which page show what is said of a framework. */
const frameworks = [
  { name: 'Fastify 5 and 4', page: 'fastify.md', tests: ['fastify'] },
  { name: 'Koa 3 and 2', page: 'koa.md', tests: ['koa'] },
  { name: 'Hono 4', page: 'hono.md', tests: ['hono'] },
  { name: 'h3 2', page: 'h3.md', tests: ['h3'] },
  { name: 'h3 1, Nitro 2', page: 'h3.md', tests: ['h3v1', 'nitro'] },
  { name: 'hapi 21', page: 'hapi.md', tests: ['hapi'] },
  { name: 'Next 16', page: 'next.md', tests: ['next', 'next-page'] },
];

/** What a title has to say for a column to be tested. */
const columns = [
  { name: 'error path', title: /error page|error handler|onError/ },
  { name: '`session()`', title: /session\(\)/ },
  { name: 'nested requests', title: /with the same cookies|requests to itself/ },
  { name: 'tests in its habit', title: /^in the habit of/ },
];

/** The page, as it has to be. */
export function adapterMatrix() {
  const rows = frameworks.map(({ name, page, tests }) => {
    const source = tests.map((test) => read(`test/frameworks/${test}.test.ts`)).join('\n');
    const titles = [...source.matchAll(/^ *(?:test|describe)\(\s*(['"])(.*?)\1,/gm)].map(
      ([, , title = '']) => title,
    );
    const differences = [...source.matchAll(/^ +'([a-z]+\/[a-z-]+)': '([^']+)',$/gm)].filter(
      ([, , reason = '']) => !reason.startsWith('as '),
    );
    const streams = differences.filter(([, id = '']) => id.startsWith('stream/'));
    return [
      `[${name}](${page})`,
      source.includes('adapterSuite({') ? passed(differences) : 'no',
      /const views: number = /.test(read(`docs/adapters/${page}`)) ? 'yes' : 'no',
      passed(streams),
      ...columns.map(({ title }) => (titles.some((one) => title.test(one)) ? 'yes' : 'no')),
    ];
  });
  const head = ['framework', 'suite', 'types', 'streaming', ...columns.map(({ name }) => name)];
  return `# What is tested with which framework

Made from the tests in \`test/frameworks\` by \`node scripts/adapter-matrix.js\`. "Suite" is
\`adapterSuite\`, through the framework's own response path. A case that differs is named with the
reason.

${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}

/** @param {RegExpMatchArray[]} differences */
function passed(differences) {
  if (differences.length === 0) return 'yes';
  return `yes, but ${differences.map(([, id, reason]) => `\`${id}\`: ${reason}`).join('; ')}`;
}

/** @param {string} name */
function read(name) {
  return readFileSync(new URL(name, root), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, adapterMatrix());
