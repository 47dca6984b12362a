import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { type SessionListenerOptions, sessionListener } from '../../src/adapters/node.js';
import { createSessions, type Session } from '../../src/index.js';
import {
  type ObservedStore,
  observedStore,
} from '../../src/testing/adapter-cases/observed-store.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { listen } from './reply.js';

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session,
) => unknown;

/**
 * A server of `node:http` whose requests all write their session before `handler` gets them, and a
 * browser of it. `before` runs ahead of all.
 */
export async function serve(
  handler: Handler,
  {
    before,
    ...options
  }: SessionListenerOptions<IncomingMessage, ServerResponse> & { before?: RequestListener } = {},
): Promise<{ client: Client; store: ObservedStore }> {
  const store = observedStore(Date.now);
  const sessions = createSessions({ store });
  const writing: Handler = (request, response, session) => {
    session.increment('views');
    return handler(request, response, session);
  };
  const listener = sessionListener(sessions, writing, options);
  const server = await listen((request, response) => {
    before?.(request, response);
    return listener(request, response);
  });
  onTestFinished(server.stop);
  return { client: createClient(server), store };
}

/** What the process warned of until the test ended. */
export function collectWarnings(): Error[] {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => void warnings.push(warning);
  process.on('warning', collect);
  onTestFinished(() => void process.off('warning', collect));
  return warnings;
}
