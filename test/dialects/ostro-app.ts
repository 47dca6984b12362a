import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { onTestFinished } from 'vitest';
import {
  type OstroConfig,
  type OstroSession,
  type StartSession,
  startSession,
} from '../../src/dialects/ostro.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { listen } from '../adapters/reply.js';
import type { OriginalOptions } from './ostro-original.js';

export type Handler = (session: OstroSession<Record<string, unknown>>) => unknown;

/** A server on Express for one test, and a browser of it. */
export async function browse(app: Express | Server): Promise<Client> {
  const server = await listen(app);
  onTestFinished(server.stop);
  return createClient(server);
}

/** The middleware for one test, its sessions in memory. */
export function start(config: OstroConfig = {}): StartSession {
  const middleware = startSession({ driver: 'memory', ...config });
  onTestFinished(() => middleware.close());
  return middleware;
}

/**
 * An application on the real @ostro/session, in a process of its own.
 * @throws with what it printed when it does not start.
 */
export async function startOriginal(
  options: OriginalOptions,
): Promise<{ origin: string; stop(): Promise<void> }> {
  const script = fileURLToPath(new URL('ostro-original.js', import.meta.url));
  const child = fork(script, [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const printed = child.stderr === null ? '' : text(child.stderr);
  const ended = once(child, 'close');
  const origin = await Promise.race([
    once(child, 'message').then(([url]) => String(url)),
    ended.then(async () => Promise.reject(new Error(await printed))),
  ]);
  return {
    origin,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A browser of such an application, for one test. */
export async function browseOriginal(options: OriginalOptions): Promise<Client> {
  const { origin, stop } = await startOriginal(options);
  onTestFinished(stop);
  return createClient({ origin });
}

/** What pages answer to one browser, visited one after the other. */
export async function answersOf(client: Client, paths: readonly string[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const path of paths) {
    const answer = await (await client.get(path)).text();
    answers.push(answer === '' ? undefined : JSON.parse(answer));
  }
  return answers;
}

/** A server whose only page does what each visit says, and a browser of it. */
export async function visits(config: OstroConfig = {}): Promise<{
  client: Client;
  /** A request of this browser, and what its handler returned. */
  visit(handler: Handler, from?: Client): Promise<unknown>;
}> {
  const handlers = new Map<string, Handler>();
  const app = express();
  app.use(start(config));
  app.get('/:name', async (request, response) => {
    const { session } = request as unknown as { session: Parameters<Handler>[0] };
    response.json((await handlers.get(request.params.name)?.(session)) ?? null);
  });
  app.use(((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ code: error.code, message: error.message });
  }) satisfies express.ErrorRequestHandler);
  const client = await browse(app);

  return {
    client,
    async visit(handler, from = client) {
      const name = `page${handlers.size + 1}`;
      handlers.set(name, handler);
      return (await from.get(`/${name}`)).json();
    },
  };
}
