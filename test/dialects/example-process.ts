import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Client, createClient } from '../../src/testing/client.js';

/**
 * Starts a program of examples/ on a free port, and gives a browser of it; it ends with the test.
 * @throws with what it printed when it does not start.
 */
export async function startExample(
  path: string,
  env: Record<string, string> = {},
): Promise<Client> {
  const program = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const isClosed = once(child, 'close');
  onTestFinished(async () => {
    child.kill();
    await isClosed;
  });
  const origin = await new Promise<string>((resolve, reject) => {
    let printed = '';
    const listen = (chunk: Buffer): void => {
      printed += chunk;
      const [url] = /http:\/\/localhost:\d+(?=\n)/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('close', (code) => reject(new Error(`${path} ended with code ${code}: ${printed}`)));
  });
  return createClient({ origin });
}
