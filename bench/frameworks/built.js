import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildApp } from '../../scripts/build-app.js';
import { installPackage } from '../../scripts/install-package.js';

/**
 * Builds an app of apps/ when it is asked for, once, and removes it when this process ends.
 * @param {string} name
 * @param {import('../../scripts/install-package.js').Frameworks} packages what it is built with
 * @param {readonly string[]} command a file in its node_modules, and what it is given
 */
export function builtOnce(name, packages, command) {
  /** @type {string | undefined} */
  let folder;
  return () => {
    folder ??= build(name, packages, command);
    return folder;
  };
}

/** @type {(...parameters: Parameters<typeof builtOnce>) => string} */
function build(name, packages, command) {
  installPackage(packages);
  const source = fileURLToPath(new URL(`apps/${name}/`, import.meta.url));
  const folder = buildApp(source, packages, command);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
