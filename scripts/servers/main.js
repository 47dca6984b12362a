// `npm run servers -- redis postgres`: starts the named servers (without names: all), shows their
// URLs, stops them on Ctrl-C. With `--install` it only installs those that are missing.
import { findServer, serverNames, startServer } from './index.js';

const onlyInstall = process.argv.includes('--install');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--install');
const unknown = wanted.filter((name) => !serverNames.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are ${serverNames.join(', ')}.`);
  process.exit(1);
}

const names = wanted.length > 0 ? serverNames.filter((name) => wanted.includes(name)) : serverNames;
const began = Date.now();
await Promise.all(names.map(onlyInstall ? install : start));
if (onlyInstall) process.exit();
console.log('Ctrl-C stops them.');
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.once(signal, () => process.exit());
setInterval(() => undefined, 2 ** 30);

/** @param {import('./index.js').ServerName} name */
async function start(name) {
  try {
    const server = await startServer(name);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    console.log(
      `${name.padEnd(20)} ${server.version.padEnd(10)} ${seconds.padStart(5)} s  ${server.url}`,
    );
  } catch (error) {
    failed(name, error);
  }
}

/** @param {import('./index.js').ServerName} name */
async function install(name) {
  try {
    const found = await findServer(name);
    if (!found.available) throw new Error(found.reason);
  } catch (error) {
    failed(name, error);
  }
}

/**
 * @param {string} name
 * @param {unknown} error
 */
function failed(name, error) {
  process.exitCode = 1;
  console.error(`${name.padEnd(20)} ${error instanceof Error ? error.message : error}`);
}
