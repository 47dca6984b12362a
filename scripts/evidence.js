// `node scripts/evidence.js`: writes docs/guide/evidence.json, the tests by the ids of their
// requirements, as their names carry them. `npx sojourn report` names them.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const target = new URL('../docs/guide/evidence.json', import.meta.url);
/** A text in quotes, on one line. */
const TEXT = /(['"`])((?:\\.|(?!\1).)*)\1/g;
const ID = /\b(?:[SV]-\d{2}|ASVS \d+\.\d+\.\d+)\b/g;
/** The report names a few of many. */
const MOST = 4;
/** It names requirements, and shows none. */
const OF_REPORT = 'test/cli/report.test.ts';
const ROOMS = ['test/security', 'test/core', 'src/testing', 'test/adapters', 'test/stores'];

/** The file, as the tests of this moment make it. */
export function evidence() {
  /** @type {Map<string, Set<string>>} */
  const byId = new Map();
  for (const file of testFiles()) {
    for (const [, , text = ''] of readFileSync(`${root}${file}`, 'utf8').matchAll(TEXT)) {
      for (const [id] of text.matchAll(ID)) {
        const names = byId.get(id) ?? new Set();
        names.add(`${file}: ${nameOf(text)}`);
        byId.set(id, names);
      }
    }
  }
  const evidence = Object.fromEntries(
    [...byId]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([id, names]) => [id, { count: names.size, tests: first([...names]) }]),
  );
  return `${JSON.stringify(evidence, null, 2)}\n`;
}

/** The tests of the core before those of its users. @param {string[]} names */
function first(names) {
  const rank = (/** @type {string} */ name) => {
    const at = ROOMS.findIndex((room) => name.startsWith(room));
    return at === -1 ? ROOMS.length : at;
  };
  return names.sort((one, other) => rank(one) - rank(other)).slice(0, MOST);
}

function testFiles() {
  const listed = execFileSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', 'test', 'src/testing'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return listed.split('\n').filter((file) => file.endsWith('.ts') && file !== OF_REPORT);
}

/** The words of a name, without ids and what is put in for each row. @param {string} text */
function nameOf(text) {
  return text
    .replace(ID, '')
    .replace(/\$\{[^}]*\}/g, '…')
    .replace(/\\(.)/g, '$1')
    .replace(/^[\s,:]+|[\s,]+$/g, '')
    .replace(/\s+/g, ' ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, evidence());
