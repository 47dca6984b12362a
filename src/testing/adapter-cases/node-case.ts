import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Session } from '../../core/session.js';
import { createSessions, type Sessions } from '../../core/sessions.js';
import { type Client, createClient } from '../client.js';
import type { SuiteData } from './case.js';
import { type ObservedStore, observedStore } from './observed-store.js';

/** A response that other middleware may have added `flush` to, as compression does. */
export type SuiteResponse = ServerResponse & { flush?(): void };

/** The parameters of {@link NodeListener}, for each case. */
export interface NodeAdapterContext {
  /** The sessions for the adapter. */
  sessions: Sessions<SuiteData>;
  /** Call it for each request before the adapter, as the first middleware. */
  before(request: IncomingMessage, response: SuiteResponse): void;
  /**
   * When it is given, mount the adapter twice, and call this in between, as in an app whose routers
   * mount the same middleware.
   */
  between?:
    | ((request: IncomingMessage, response: SuiteResponse, session: Session<SuiteData>) => void)
    | undefined;
  /** The handler after the adapter. It may throw or reject. */
  handle(request: IncomingMessage, response: SuiteResponse, session: Session<SuiteData>): unknown;
  /** Answers errors, if the framework calls error handlers. */
  onError(error: unknown, request: IncomingMessage, response: SuiteResponse): unknown;
}

/** Makes a listener for `http.createServer` with the adapter in front of the handler. */
export type NodeListener = (
  context: NodeAdapterContext,
) => (request: IncomingMessage, response: ServerResponse) => unknown;

/** An adapter that is middleware: `next` is called once the session is open, or with an error. */
export type NodeMiddleware = (
  sessions: Sessions<SuiteData>,
) => (request: never, response: never, next: (error?: unknown) => void) => unknown;

/** The tools of a case. */
export interface NodeSubject {
  readonly store: ObservedStore;
  readonly sessions: Sessions<SuiteData>;
  readonly middleware: NodeMiddleware | undefined;
  /** Makes the adapter's listener. The parts that a case leaves out do nothing. */
  listener(parts: Partial<NodeAdapterContext>): ReturnType<NodeListener>;
  /** Serves the listener, and returns the server and a client for it. */
  serve(parts: Partial<NodeAdapterContext>): Promise<{ server: Server; client: Client }>;
}

/** A rule of the contract. */
export interface NodeCaseDefinition {
  readonly id: string;
  readonly title: string;
  run(subject: NodeSubject): Promise<void>;
}

/** Runs a case on servers and a store of its own. */
export async function runNodeCase(
  definition: NodeCaseDefinition,
  makeListener: NodeListener,
  middleware: NodeMiddleware | undefined,
): Promise<void> {
  const store = observedStore(Date.now);
  const sessions = createSessions<SuiteData>({ store });
  const servers: Server[] = [];
  const listener = (parts: Partial<NodeAdapterContext>): ReturnType<NodeListener> =>
    makeListener({
      sessions,
      before: () => undefined,
      handle: (_request, response) => response.end(),
      onError: answerError,
      ...parts,
    });
  try {
    await definition.run({
      store,
      sessions,
      middleware,
      listener,
      async serve(parts) {
        const server = createServer(listener(parts)).listen(0, '127.0.0.1');
        servers.push(server);
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        return { server, client: createClient({ origin: `http://127.0.0.1:${port}` }) };
      },
    });
  } finally {
    store.heal();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await sessions.close();
  }
}

/** Like the last error handler of Express: ends the connection when the answer has begun. */
function answerError(_error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) request.socket.destroy();
  else response.end('error page');
}

/** The text of an answer. Checks that the session cookie arrived with it. */
export async function textWithCookie(response: Response): Promise<string> {
  hasCookie(response);
  return response.text();
}

/** The text in two parts: the part before `received` was called, and the part after it. */
export async function textInTwo(response: Response, received: () => void): Promise<string[]> {
  hasCookie(response);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for await (const chunk of response.body ?? []) {
    texts.push(decoder.decode(chunk));
    received();
  }
  return [texts[0] ?? '', texts.slice(1).join('')];
}

function hasCookie(response: Response): void {
  assert.equal(response.headers.getSetCookie().length, 1, 'the cookie of the session is not there');
}
