import { AsyncLocalStorage } from 'node:async_hooks';
import { cpSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AdapterUnderTest } from '../../../src/testing/adapter-suite.js';
import { listen } from '../../adapters/reply.js';
import { build, makeSite } from './site.js';

/** Next puts another one in its place. */
const { fetch } = globalThis;
const OWN_VARY = /^(?:rsc|next-router-\S+)$/;

interface NextServer {
  prepare(): Promise<void>;
  getRequestHandler(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  close(): Promise<void>;
}

/** The app in `site/`. */
export interface NextApp {
  /**
   * A server whose requests come to Next with `prefix` in front of their path, and to the code of
   * the app with `context`.
   */
  serve(prefix: string, context: object): Promise<AdapterUnderTest>;
  close(): Promise<void>;
}

/** Builds the app with Turbopack, and runs it in this process. */
export async function nextApp(): Promise<NextApp> {
  const folder = makeSite();
  cpSync(fileURLToPath(new URL('site/', import.meta.url)), folder, { recursive: true });
  await build(folder);
  const contexts = new AsyncLocalStorage<object>();
  // site/lib/context.js reads it.
  Object.assign(globalThis, { sojournTest: contexts });
  process.env.NEXT_TELEMETRY_DISABLED = '1';
  const makeServer = createRequire(import.meta.url)('next') as (options: object) => NextServer;
  const app = makeServer({ dev: false, dir: folder });
  await app.prepare();
  const answer = app.getRequestHandler();

  return {
    async serve(prefix, context) {
      const server = await listen((request, response) => {
        // Next redirects from a path with a slash at its end.
        request.url = prefix + request.url?.replace(/\/(?=\?|$)/, prefix === '' ? '/' : '');
        contexts.run(context, () => void answer(request, response));
      });
      return { ...server, fetch: async (url, init) => withoutOwnVary(await fetch(url, init)) };
    },
    async close() {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The response without what Next adds to every `Vary`. */
function withoutOwnVary(response: Response): Response {
  const headers = new Headers(response.headers);
  const names = (headers.get('vary') ?? '').split(', ').filter((name) => !OWN_VARY.test(name));
  headers.delete('vary');
  if (names.length > 0) headers.set('vary', names.join(', '));
  const own = new Response(response.body, { status: response.status, headers });
  // The body of a response that is garbage is cancelled.
  return Object.assign(own, { response });
}
