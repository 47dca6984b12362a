// `npm test`: builds, checks, tests, and ends with the line `N passed, N failed`. A step before the tests counts only when it fails.
// `--long` runs more rounds (SOJOURN_LONG=1); every other argument goes to vitest: `npm test -- test/core`.
import { spawnSync } from 'node:child_process';
import { parseCLI, startVitest } from 'vitest/node';

const passedOn = process.argv.slice(2).filter((argument) => argument !== '--long');
if (passedOn.length < process.argv.length - 2) process.env.SOJOURN_LONG = '1';
const long = process.env.SOJOURN_LONG === '1';

console.log(`Node ${process.version}`);
const stepsFailed = [
  step('Building dist/ from src/', 'npm run --silent build'),
  step('Checking format, lint and types', 'npm run --silent check'),
].filter((succeeded) => !succeeded).length;

console.log(`\n> Testing${passedOn.length > 0 ? ` ${passedOn.join(' ')}` : ''}${long ? ', the long way' : ''}`);
const { passed, failed } = await runTests();
const allFailed = stepsFailed + failed;
console.log(`${passed} passed, ${allFailed} failed`);
process.exit(allFailed === 0 ? 0 : 1);

/**
 * @param {string} title
 * @param {string} command
 */
function step(title, command) {
  console.log(`\n> ${title}`);
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
}

/** A test file that cannot be loaded, a suite whose set-up fails, an error outside any test and a run without tests each count as one failure. */
async function runTests() {
  const { filter, options } = parseCLI(['vitest', 'run', ...passedOn]);
  const vitest = await startVitest('test', filter, { ...options, watch: false });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  /** @param {'passed' | 'failed'} state */
  const count = (state) => tests.filter((test) => test.result().state === state).length;
  const passed = count('passed');
  const unloaded = modules.filter((module) => module.errors().length > 0).length;
  const suites = modules.flatMap((module) => [...module.children.allSuites()]);
  const notSetUp = suites.filter((suite) => suite.errors().length > 0).length;
  const failed = count('failed') + unloaded + notSetUp + vitest.state.getUnhandledErrors().length;
  await vitest.close();
  return { passed, failed: passed + failed === 0 ? 1 : failed };
}
