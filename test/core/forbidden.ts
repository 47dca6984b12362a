import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

/** Cloudflare Workers forbid all of this outside a request, and Deno the environment. */
const FORBID = `
  import crypto from 'node:crypto';
  import { syncBuiltinESMExports } from 'node:module';
  let isForbidden = true;
  const forbid = (object, name) => {
    const original = object[name];
    object[name] = (...parameters) => {
      if (isForbidden) throw new Error(name + ' outside a request');
      return original.apply(object, parameters);
    };
  };
  for (const name of ['randomBytes', 'randomFillSync', 'randomFill', 'randomUUID', 'randomInt'])
    forbid(crypto, name);
  forbid(crypto.webcrypto.constructor.prototype, 'getRandomValues');
  syncBuiltinESMExports();
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) forbid(globalThis, name);
  forbid(Math, 'random');
  // Node reads its own variables while it loads a module: only what the package reads is told.
  const { env } = process;
  Object.defineProperty(process, 'env', {
    get() {
      if (new Error().stack.includes('/dist/')) throw new Error('process.env outside a request');
      return env;
    },
  });
`;

/**
 * Runs a script against the built package in a process where chance, timers and the environment
 * throw until `isForbidden` is false. Gives what it printed, or its error.
 */
export function runForbidden(script: string): string {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', FORBID + script], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
  });
  return child.status === 0 ? child.stdout.trim() : child.stderr;
}
