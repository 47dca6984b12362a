import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AdapterUnderTest } from '../../../src/testing/adapter-suite.js';
import { listen } from '../../adapters/reply.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Next puts another one in its place. */
const { fetch } = globalThis;
const here = fileURLToPath(new URL('./', import.meta.url));

/** A folder with the app in `site/`, and this package and Next installed. */
export function makeSite(): string {
  // Inside the repository: Turbopack reads no file outside of its root.
  mkdirSync(join(root, '.artifacts'), { recursive: true });
  const folder = mkdtempSync(join(root, '.artifacts', 'next-'));
  cpSync(join(here, 'site'), folder, { recursive: true });
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, 'sojourn'), { recursive: true });
  for (const name of ['next', 'react', 'react-dom'])
    symlinkSync(join(here, 'node_modules', name), join(packages, name), 'junction');
  for (const name of ['package.json', 'dist'])
    cpSync(join(root, name), join(packages, 'sojourn', name), { recursive: true });
  for (const name of ['devalue', 'jiti'])
    cpSync(join(root, 'node_modules', name), join(packages, name), {
      recursive: true,
      dereference: true,
    });
  return folder;
}

/** `next build`. @throws with what it said. */
export function build(folder: string, ...flags: string[]): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'node_modules/next/dist/bin/next'), 'build', ...flags],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        REPOSITORY: root,
      },
    },
  );
  if (status !== 0) throw new Error(stdout + stderr);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The built app in this process, so that a test gives each request its sessions. */
export async function nextApp() {
  const folder = process.env.DEVSITE ?? makeSite();
  if (!process.env.DEVSITE) build(folder);
  process.env.NEXT_TELEMETRY_DISABLED = '1';
  const next = createRequire(import.meta.url)('next');
  const app = next({ dev: false, dir: folder, quiet: true });
  await app.prepare();
  const answer: Handler = app.getRequestHandler();
  const contexts = new AsyncLocalStorage<object>();
  // site/lib/context.js reads it.
  Object.assign(globalThis, { sojournTest: contexts });

  return {
    folder,
    /** A server whose requests come to Next with `prefix` in front of their path. */
    serve: async (prefix: string, context: object): Promise<AdapterUnderTest> => ({
      fetch: async (url, init) => withoutOwnVary(await fetch(url, init)),
      ...(await listen((request, response) => {
        // Next redirects from a path with a slash at its end.
        request.url = prefix + request.url?.replace(/\/(?=\?|$)/, prefix === '' ? '/' : '');
        contexts.run(context, () => void answer(request, response));
      })),
    }),
    async close() {
      await app.close();
      if (!process.env.DEVSITE) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const OWN_VARY = /^(?:rsc|next-router-\S+)$/;

/** The response without what Next adds to every `Vary`. */
function withoutOwnVary(response: Response): Response {
  const headers = new Headers(response.headers);
  const names = (headers.get('vary') ?? '').split(', ').filter((name) => !OWN_VARY.test(name));
  headers.delete('vary');
  if (names.length > 0) headers.set('vary', names.join(', '));
  return new Response(response.body, { status: response.status, headers });
}
