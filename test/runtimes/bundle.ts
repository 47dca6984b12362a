import { fileURLToPath } from 'node:url';
// biome-ignore lint/correctness/noUndeclaredDependencies: it comes with vitest.
import { build } from 'rolldown';

const artifacts = new URL('../../.artifacts/runtimes/', import.meta.url);

/**
 * Makes one file of a program in test/runtimes/programs, and returns its path. Packages, this one
 * among them, are left out, and found from there; with `isWhole` they are in it, and only
 * `node:` and `cloudflare:` modules are left out.
 */
export async function bundle(program: string, { isWhole = false } = {}): Promise<string> {
  const file = fileURLToPath(new URL(`${program}.mjs`, artifacts));
  await build({
    input: fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url)),
    platform: isWhole ? 'neutral' : 'node',
    external: isWhole ? [/^(node|cloudflare):/] : [/^[a-z@]/],
    output: { file, format: 'esm', codeSplitting: false },
    logLevel: 'warn',
  });
  return file;
}
