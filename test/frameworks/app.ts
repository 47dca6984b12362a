import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { buildApp } from '../../scripts/build-app.js';

const here = fileURLToPath(new URL('./', import.meta.url));

/**
 * Builds the app of a framework that is a package of its own here, with this package installed, in
 * a folder that is removed when the tests of the file have ended. `command` is a program of the
 * package and what it is given.
 */
export function builtApp(framework: 'astro' | 'sveltekit', command: readonly string[]): string {
  const source = join(here, framework, 'app');
  const folder = buildApp(source, `test/frameworks/${framework}`, command);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
