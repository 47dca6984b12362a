import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('./', import.meta.url));

/** Makes the frameworks that are installed here importable from files in `folder`. */
export function linkFrameworks(folder: string): void {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(here, 'node_modules', name), link, 'junction');
  }
}
