import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const installed = fileURLToPath(new URL('node_modules/', import.meta.url));
const theirs = ['next', 'react', 'react-dom', 'typescript', '@types/react', '@types/node'];

/**
 * A folder in which Next and this package are installed: what is built here, or the package that
 * `consumer` has installed from a tarball.
 */
export function makeSite(consumer?: string): string {
  // Inside the repository: Turbopack reads no file outside of its root.
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  const folder = mkdtempSync(join(root, '.artifacts', 'next-'));
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, '@types'), { recursive: true });
  for (const name of theirs) symlinkSync(join(installed, name), join(packages, name), 'junction');
  const from = join(consumer ?? root, 'node_modules');
  for (const name of ['devalue', 'jiti']) copy(join(from, name), join(packages, name));
  if (consumer === undefined)
    for (const name of ['package.json', 'dist'])
      copy(join(root, name), join(packages, 'sojourn', name));
  else copy(join(from, 'sojourn'), join(packages, 'sojourn'));
  return folder;
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, dereference: true });
}

/** A command of Next, and all that it says. */
export function next(folder: string, ...parameters: string[]) {
  const child = spawn(
    process.execPath,
    [join(folder, 'node_modules/next/dist/bin/next'), ...parameters],
    {
      cwd: folder,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        REPOSITORY: root,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => (said.text += text));
  return { child, said };
}

/** `next build`. @throws with what it said. */
export async function build(folder: string, ...flags: string[]): Promise<void> {
  const { child, said } = next(folder, 'build', ...flags);
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(said.text);
}

/** `next start` on a free port. */
export async function start(folder: string): Promise<{ origin: string; stop(): Promise<void> }> {
  const { child, said } = next(folder, 'start', '--port', '0', '--hostname', '127.0.0.1');
  const ended = once(child, 'close').then(() => {
    throw new Error(said.text);
  });
  ended.catch(() => undefined);
  const origin = (): string | undefined => /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(said.text)?.[0];
  while (origin() === undefined) await Promise.race([once(child.stdout, 'data'), ended]);
  return {
    origin: origin() ?? '',
    async stop() {
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}
