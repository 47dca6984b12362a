import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from '../../scripts/build-app.js';

const here = fileURLToPath(new URL('./', import.meta.url));

/**
 * Builds the app of a framework that is a package of its own here, with this package installed.
 * `command` is a program of the package and what it is given.
 */
export function builtApp(framework: 'astro' | 'sveltekit', command: readonly string[]) {
  const source = join(here, framework, 'app');
  const folder = buildApp(source, `test/frameworks/${framework}`, command);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
