import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What is built first has its packages where the tests have them. */
const BUILT = {
  '@sveltejs/kit': 'test/frameworks/sveltekit',
  astro: 'test/frameworks/astro',
  next: 'test/frameworks/next',
  nitropack: 'test/frameworks',
};

/**
 * What was measured, where and when, in one paragraph. @param {readonly string[]} servers with
 * their versions
 */
export function describeRun(servers) {
  const { dependencies, peerDependencies } = readPackage('./package.json');
  const names = [
    'sojourn',
    ...Object.keys(dependencies),
    ...Object.keys(peerDependencies),
    'libsql',
  ];
  const packages = [
    ...names.map((name) => `${name} ${versionOf(name)}`),
    ...Object.entries(BUILT).map(
      ([name, folder]) =>
        `${name} ${versionIn([`../${folder}/node_modules/${name}/package.json`])}`,
    ),
  ];
  const processors = cpus();
  const machine = `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}`;
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform}, ${machine}; ${[...packages, ...servers].join(', ')}.`;
}

/** @param {string} name */
function versionOf(name) {
  return versionIn(
    name === 'sojourn'
      ? ['../package.json']
      : [`./node_modules/${name}/package.json`, `../node_modules/${name}/package.json`],
  );
}

/** @param {readonly string[]} paths the first that is there counts */
function versionIn(paths) {
  for (const path of paths) {
    try {
      return String(readPackage(path).version);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    }
  }
  return '(absent)';
}

/** @param {string} path @returns {any} */
function readPackage(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
