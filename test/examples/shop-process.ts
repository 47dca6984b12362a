import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../../examples/shop/server.js', import.meta.url));

/** The demo, running as a visitor would start it. */
export interface Shop {
  readonly url: string;
  readonly port: number;
  /** What it printed. */
  readonly greeting: string;
  /** Asks it to end, and gives its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the demo with its data in `folder`, on a free port unless one is given.
 * @throws with what it printed when it does not start.
 */
export function startShop(folder: string, port = 0): Promise<Shop> {
  const child = spawn(process.execPath, [SERVER], {
    env: { ...process.env, PORT: String(port), DEMO_DATA: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let printed = '';
    const listen = (chunk: Buffer): void => {
      printed += chunk;
      const [url, found] = /http:\/\/localhost:(\d+)(?=\n)/.exec(printed) ?? [];
      if (url !== undefined)
        resolve({ url, port: Number(found), greeting: printed, stop: () => stop(child) });
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`The shop ended with code ${code}: ${printed}`)));
  });
}

async function stop(child: ChildProcess): Promise<number | null> {
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const [code] = await closed;
  return code;
}
