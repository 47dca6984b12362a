// `node bench/probes/main.js`: asks Sojourn and four other libraries, over HTTP, for what the
// standards require of sessions, and prints a table. Each has the options that its documentation
// recommends, and no others.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { installPackage } from '../../scripts/install-package.js';
import './clock.js';
import { Browser } from './client.js';
import { DEADLINES, PROBES } from './probes.js';

const HELP = `node bench/probes/main.js [options]

Runs the same probes against Sojourn, express-session, @fastify/session, iron-session and
better-auth. Build Sojourn first: npm run build. Takes half a minute.

  --only <text>   only systems whose name has this text
  --json          prints an array of { system, requirement, what, result }
  --markdown      prints the table of docs/guide/audit.md
  --help          prints this
`;

const SYSTEMS = [
  { name: 'Sojourn', file: 'sojourn' },
  { name: 'express-session', file: 'express-session' },
  { name: '@fastify/session', file: 'fastify-session' },
  { name: 'iron-session', file: 'iron-session' },
  { name: 'better-auth', file: 'better-auth' },
];
const MARKS = { holds: 'yes', fails: '**no**', absent: 'no such verb', beside: '–' };

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    json: { type: 'boolean' },
    markdown: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const systems = SYSTEMS.filter(({ name }) =>
  name.toLowerCase().includes(values.only.toLowerCase()),
);
if (systems.length === 0) {
  console.error(`No system has ${JSON.stringify(values.only)} in its name.`);
  process.exit(2);
}
if (systems.some(({ file }) => file !== 'sojourn')) {
  installPackage('bench');
  installPackage('bench/probes');
}
const results = [];
for (const { name, file } of systems) {
  const { start } = await import(`./systems/${file}.js`);
  const running = await start();
  const brief = await start(DEADLINES);
  for (const { requirement, what, withDeadlines, run } of PROBES) {
    const asked = withDeadlines ? brief : running;
    const result = await run(new Browser(asked.origin), asked);
    results.push({ system: name, requirement, what, result });
    if (!values.json && !values.markdown)
      console.log(`${name}: ${result}: ${requirement}: ${what}`);
  }
  await running.close();
  await brief.close();
}
if (values.json) console.log(JSON.stringify(results, null, 2));
if (values.markdown) console.log(table());
const failed = results.filter(({ system, result }) => system === 'Sojourn' && result !== 'holds');
process.exit(failed.length === 0 ? 0 : 1);

function table() {
  const heads = systems.map(({ name }) => `${name}${version(name)}`);
  const rows = PROBES.map(({ requirement, what }) => {
    const cells = systems.map(({ name }) => {
      const found = results.find((one) => one.system === name && one.what === what);
      return found === undefined ? '' : MARKS[/** @type {keyof typeof MARKS} */ (found.result)];
    });
    return `| ${requirement} | ${what} | ${cells.join(' | ')} |`;
  });
  return [
    `| requirement | | ${heads.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(heads.length)}`,
    ...rows,
  ].join('\n');
}

/** @param {string} name */
function version(name) {
  if (name === 'Sojourn') return '';
  const manifest = createRequire(import.meta.url)
    .resolve(name)
    .replace(new RegExp(`(node_modules/${name})/.*$`), '$1/package.json');
  return ` ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
}
