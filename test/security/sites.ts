import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import express5 from 'express';
import express4 from 'express4';
import { onTestFinished } from 'vitest';
import { csrfHandler, csrfMiddleware } from '../../src/adapters/csrf.js';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { sessionHandler } from '../../src/adapters/fetch.js';
import type { NodeResponse } from '../../src/adapters/node/head.js';
import { type NodeRequest, sessionListener } from '../../src/adapters/node.js';
import { sameOriginHandler, sameOriginMiddleware } from '../../src/adapters/same-origin.js';
import { createSessions, type Session, type Sessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type Client, createClient } from '../../src/testing/client.js';
import { http2Fetch, http2Session } from '../adapters/http2-client.js';
import { listen } from '../adapters/reply.js';

/** The checks that a site can have in front of its pages. */
export type Check = 'same-origin' | 'csrf';

type Request = NodeRequest & { readonly method?: string; readonly url?: string };
type Served = { origin: string; fetch?: Parameters<typeof createClient>[0]['fetch'] };

/**
 * The pages: `GET /` says who is logged in, `GET /token` gives the token for forms, `POST /login`
 * logs Ada in, `POST /pay` counts.
 */
async function page(method: string, path: string, session: Session): Promise<string> {
  if (method === 'POST' && path === '/login') await session.login('ada');
  if (method === 'POST' && path === '/pay') return String(session.increment('paid'));
  if (path === '/token') return session.csrfToken();
  return session.userId ?? 'nobody';
}

async function answer(request: Request, response: NodeResponse, session: Session): Promise<void> {
  response.end(await page(request.method ?? '', request.url ?? '', session));
}

const nodeListener = (sessions: Sessions, check: Check) => {
  const [before, inside] = [sameOriginMiddleware(), csrfMiddleware()];
  const listener = sessionListener<Request, NodeResponse, Record<string, unknown>>(
    sessions,
    (request, response, session) =>
      check === 'csrf'
        ? inside(request, response, () => answer(request, response, session))
        : answer(request, response, session),
  );
  return (request: Request, response: NodeResponse): void => {
    if (check === 'csrf') void listener(request, response);
    else before(request, response, () => void listener(request, response));
  };
};

const withExpress =
  (express: typeof express5) =>
  async (sessions: Sessions, check: Check): Promise<Served> => {
    const app = express();
    if (check === 'same-origin') app.use(sameOriginMiddleware());
    app.use(express.urlencoded({ extended: true }), sessionMiddleware(sessions));
    if (check === 'csrf') app.use(csrfMiddleware());
    app.use(async (request, response) => {
      await answer(request, response, request.session as unknown as Session);
    });
    return served(createServer(app));
  };

async function served(server: Parameters<typeof listen>[0]): Promise<Served> {
  const { origin, stop } = await listen(server);
  onTestFinished(stop);
  return { origin };
}

/** Every adapter, with one of the checks in front of the same pages. */
export const SITES: readonly (readonly [
  string,
  (sessions: Sessions, check: Check) => Promise<Served>,
])[] = [
  [
    'node:http',
    (sessions, check) => served(createServer(nodeListener(sessions, check) as RequestListener)),
  ],
  [
    'node:http2',
    async (sessions, check) => {
      const server = createHttp2Server(nodeListener(sessions, check) as never);
      server.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const origin = `http://127.0.0.1:${port}`;
      const session = await http2Session(origin);
      onTestFinished(() => {
        session.destroy();
        server.close();
      });
      return { origin, fetch: http2Fetch(session) };
    },
  ],
  ['Express 5', withExpress(express5)],
  ['Express 4', withExpress(express4 as unknown as typeof express5)],
  [
    'fetch',
    async (sessions, check) => {
      const pages = (request: globalThis.Request, session: Session): Promise<Response> =>
        page(request.method, new URL(request.url).pathname, session).then(
          (text) => new Response(text),
        );
      const handler =
        check === 'csrf'
          ? sessionHandler(sessions, csrfHandler(pages))
          : sameOriginHandler(sessionHandler(sessions, pages));
      const origin = 'https://shop.example';
      return { origin, fetch: (url, init) => handler(new Request(url, init)) };
    },
  ],
];

/** A browser of a site, and the sessions behind it. */
export async function visitSite(
  serve: (sessions: Sessions, check: Check) => Promise<Served>,
  check: Check,
): Promise<{ browser: Client; sessions: Sessions }> {
  const sessions: Sessions = createSessions({ store: memoryStore() });
  return { browser: createClient(await serve(sessions, check)), sessions };
}
