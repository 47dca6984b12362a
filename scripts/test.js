// `npm test`: builds, checks, tests, says once more what failed, and ends with the line `N passed,
// N failed`. A step before the tests counts only when it fails. `--long` runs more rounds
// (SOJOURN_LONG=1), `--release` the tests of what is released, `--this-node` only what depends on
// the Node that runs it; every other argument goes to vitest: `npm test -- test/core`.
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parseCLI, startVitest } from 'vitest/node';
import { installPackage } from './install-package.js';
import { installRuntimes } from './runtimes.js';

const OWN = ['--long', '--release', '--this-node'];
const given = process.argv.slice(2);
const passedOn = given.filter((argument) => !OWN.includes(argument));
if (given.includes('--long')) process.env.SOJOURN_LONG = '1';
const long = process.env.SOJOURN_LONG === '1';
const isRelease = given.includes('--release');
const isThisNode = given.includes('--this-node');
const projects = projectsFor(passedOn.length > 0);
const errorLines = 15;

console.log(`Node ${process.version}`);
installPackage('test/frameworks');
installPackage('test/frameworks/sveltekit');
installPackage('test/frameworks/astro');
if (projects.includes('release')) {
  installPackage('test/frameworks/next');
  await installRuntimes();
}
if (projects.includes('once')) {
  installPackage('test/frameworks/nuxt');
  installPackage('test/frameworks/react-router');
  installPackage('site');
}
const stepsFailed = [
  ['Building dist/ from src/', 'npm run --silent build'],
  // `npm test` checks them, on one Node.
  ...(isRelease || isThisNode
    ? []
    : [['Checking format, lint and types', 'npm run --silent check']]),
].filter(([title = '', command = '']) => !step(title, command));

console.log(
  `\n> Testing${passedOn.length > 0 ? ` ${passedOn.join(' ')}` : ''}${long ? ', the long way' : ''}`,
);
const { passed, failures } = await runTests();
const allFailures = [...stepsFailed.map(([title]) => `${title}: see above`), ...failures];
if (allFailures.length > 0) console.log(`\n> What failed\n\n${allFailures.join('\n\n')}\n`);
console.log(`${passed} passed, ${allFailures.length} failed`);
process.exit(allFailures.length === 0 ? 0 : 1);

/** @typedef {ReturnType<import('vitest/node').TestModule['errors']>[number]} TestError */

/**
 * @param {string} title
 * @param {string} command
 */
function step(title, command) {
  console.log(`\n> ${title}`);
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
}

/**
 * A part of the tests may be one of any project.
 * @param {boolean} isPart
 */
function projectsFor(isPart) {
  if (isRelease) return isThisNode ? ['release'] : ['release', 'once'];
  return isPart ? ['shared', 'alone', 'release', 'once'] : ['shared', 'alone'];
}

/**
 * A test file that cannot be loaded, a suite whose set-up fails, an error outside any test and a
 * run without tests each count as one failure.
 * @returns {Promise<{ passed: number, failures: string[] }>}
 */
async function runTests() {
  const { filter, options } = parseCLI(['vitest', 'run', ...passedOn]);
  const vitest = await startVitest('test', filter, { ...options, project: projects, watch: false });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const suites = modules.flatMap((module) => [...module.children.allSuites()]);
  const failures = [
    ...modules
      .filter((module) => module.errors().length > 0)
      .map((module) => described(module.relativeModuleId, module.errors())),
    ...suites
      .filter((suite) => suite.errors().length > 0)
      .map((suite) => described(titleOf(suite), suite.errors())),
    ...tests
      .filter((test) => test.result().state === 'failed')
      .map((test) => described(titleOf(test), test.result().errors ?? [])),
    ...vitest.state
      .getUnhandledErrors()
      .map((error) => described('Outside any test', [/** @type {TestError} */ (error)])),
  ];
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  if (passed + failures.length === 0) failures.push('No test ran');
  await vitest.close();
  return { passed, failures };
}

/** @param {import('vitest/node').TestCase | import('vitest/node').TestSuite} task */
function titleOf(task) {
  return `${task.module.relativeModuleId} > ${task.fullName}`;
}

/**
 * @param {string} title
 * @param {readonly TestError[]} errors
 */
function described(title, errors) {
  const lines = errors.flatMap(({ message, diff, stacks }) => [
    ...(stacks
      ?.slice(0, 1)
      .map(({ file, line }) => `at ${relative(process.cwd(), file)}:${line}`) ?? []),
    ...`${message}\n${diff ?? ''}`.trim().split('\n').slice(0, errorLines),
  ]);
  return [title, ...lines.map((line) => `    ${stripVTControlCharacters(line)}`)].join('\n');
}
