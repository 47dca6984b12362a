import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A running workerd: two isolates of one Worker, with one D1 database. */
export interface Workerd {
  /** Of both isolates. */
  readonly origins: readonly [string, string];
  stop(): void;
}

/**
 * Serves a bundled Worker; resolves once both isolates listen. What it fetches from `env.OUTSIDE`
 * comes from `outside`, a host with its port.
 */
export async function startWorkerd(
  command: string,
  bundle: string,
  outside = '127.0.0.1:0',
): Promise<Workerd> {
  // Each write of D1 waits for the disk.
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(parent, 'sojourn-workerd-'));
  mkdirSync(join(folder, 'data'));
  copyFileSync(bundle, join(folder, 'worker.mjs'));
  const file = join(folder, 'config.capnp');
  writeFileSync(file, configOf(folder, outside));
  const child = spawn(command, ['serve', file, '--experimental', '--control-fd=3'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}, see above.`)));
  });
  try {
    const ports = await Promise.race([listening(child.stdio[3] as never), ended]);
    const originOf = (name: string) => `http://127.0.0.1:${ports.get(name)}`;
    return { origins: [originOf('first'), originOf('second')], stop };
  } catch (error) {
    stop();
    throw error;
  } finally {
    ended.catch(() => undefined);
  }
}

async function listening(control: NodeJS.ReadableStream): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: control })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === 'listen') ports.set(socket, port);
    if (ports.size === 2) return ports;
  }
  throw new Error('workerd ended before it listened, see above.');
}

function configOf(folder: string, outside: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "first", worker = .worker),
    (name = "second", worker = .worker),
    (name = "d1", worker = .d1),
    (name = "outside", external = (address = "${outside}", http = ())),
    (name = "data", disk = (path = ${JSON.stringify(join(folder, 'data'))}, writable = true)),
  ],
  sockets = [
    (name = "first", address = "127.0.0.1:0", http = (), service = "first"),
    (name = "second", address = "127.0.0.1:0", http = (), service = "second"),
  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [
    (className = "Sessions", uniqueKey = "sessions", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [
    (name = "OBJECT", durableObjectNamespace = "Sessions"),
    (name = "OUTSIDE", service = "outside"),
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [
        (name = "fetcher", service = (name = "d1", props = (json = "{\\"database\\": \\"test\\"}"))),
      ],
    )),
  ],
);

const d1 :Workerd.Worker = (
  modules = [(name = "d1.js", bundled = "/workerd/d1.js")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [
    (className = "D1Database", uniqueKey = "d1", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "DATABASE", durableObjectNamespace = "D1Database")],
);
`;
}
