import express from 'express';
import type { Session } from 'sojourn';
import { sessionMiddleware } from 'sojourn/express';
import { sessionListener } from 'sojourn/node';
import type { StartAdapter, SuiteData } from 'sojourn/testing';
import { listen, sendReply, suiteRequest } from '../../adapters/reply.js';
import { calledDirectly } from '../../adapters/web-reply.js';
import { fetchHandler } from './fetch-handler.js';

/** What is used of `Bun`. */
interface BunServer {
  readonly port: number;
  requestIP(request: Request): { readonly address: string } | null;
  stop(isAtOnce: boolean): Promise<void>;
}

declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    fetch(request: Request, server: BunServer): Promise<Response>;
  }): BunServer;
};

/** What is used of `Deno`. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen(): void; signal: AbortSignal },
    handler: (request: Request, info: { remoteAddr: { hostname: string } }) => Promise<Response>,
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void> };
};

const hostname = '127.0.0.1';

/** How an adapter is started for each case. */
export const adapters: Readonly<Record<string, StartAdapter>> = {
  node: ({ sessions, handle }) =>
    listen(
      sessionListener(sessions, async (request, response, session) =>
        sendReply(response, await handle(suiteRequest(request), session)),
      ),
    ),

  express: ({ sessions, handle }) => {
    const app = express();
    app.set('env', 'test').disable('x-powered-by');
    app.use(sessionMiddleware(sessions));
    app.use((request, response, next) => {
      handle(suiteRequest(request), request.session as unknown as Session<SuiteData>)
        .then((reply) => sendReply(response, reply))
        .catch(next);
    });
    return listen(app);
  },

  fetch: async (context) => calledDirectly(fetchHandler(context)),

  'Bun.serve': async (context) => {
    const handler = fetchHandler(context);
    const server = Bun.serve({
      port: 0,
      hostname,
      fetch: (request, { requestIP }) => handler(request, requestIP.call(server, request)?.address),
    });
    return {
      origin: `http://${hostname}:${server.port}`,
      stop: async () => void server.stop(true),
    };
  },

  'Deno.serve': async (context) => {
    const handler = fetchHandler(context);
    const ending = new AbortController();
    const server = Deno.serve(
      { port: 0, hostname, onListen: () => undefined, signal: ending.signal },
      (request, { remoteAddr }) => handler(request, remoteAddr.hostname),
    );
    return {
      origin: `http://${hostname}:${server.addr.port}`,
      stop: async () => ending.abort(),
    };
  },
};
