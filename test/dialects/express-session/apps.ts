import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { session as ours } from '../../../src/dialects/express-session.js';

// Not by its types, which would meet ours on the one `Express.Request`.
export const original: typeof ours = createRequire(import.meta.url)('express-session');

/** What every test of behaviour is run against. */
export const packages = [
  { name: 'express-session', session: original },
  { name: 'sojourn/express-session', session: ours },
];

/** What a handler of the tests puts into sessions. */
export interface Data {
  views: number;
  user: { name: string; tags: string[]; cookie?: number };
  [key: string]: unknown;
}

export type ExpressSessionRequest = IncomingMessage & {
  session: ReturnType<typeof sessionOf> & Data;
  sessionID: string;
  sessionStore: InstanceType<typeof ours.MemoryStore>;
  [property: string]: unknown;
};
declare function sessionOf(): InstanceType<typeof ours.Session>;

export type Handler = (request: ExpressSessionRequest, response: ServerResponse) => unknown;
type Options = Parameters<typeof ours>[0];

/** What came back: with the cookie to send next, if there is one. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly setCookie: string[];
  readonly headers: Headers;
}

/** An app with a session, and a client of it that keeps no cookies. */
export interface App {
  readonly origin: string;
  get(
    path?: string,
    options?: { cookie?: string | undefined; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Errors that reached `next` after the response began. */
  readonly lateErrors: Error[];
}

/** Options that leave no warning. */
export const quiet = { secret: 'keyboard cat', resave: false, saveUninitialized: false };

/** A server whose requests go through the middleware. `before` sees them first. */
export async function serve(
  session: typeof ours,
  options: Options,
  handler: Handler = (_, response) => response.end(),
  before: Handler = () => undefined,
): Promise<App> {
  const middleware = session(options);
  const lateErrors: Error[] = [];
  const server = createServer((request, response) => {
    before(request as ExpressSessionRequest, response);
    middleware(request, response, async (error) => {
      if (error !== undefined && error !== null) {
        if (response.headersSent) lateErrors.push(error as Error);
        else answer(response, error);
        return;
      }
      try {
        await handler(request as ExpressSessionRequest, response);
      } catch (thrown) {
        answer(response, thrown);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    lateErrors,
    async get(path = '/', { cookie, headers = {} } = {}) {
      const sent = cookie === undefined ? headers : { ...headers, cookie };
      const response = await fetch(`${origin}${path}`, {
        headers: sent,
        redirect: 'manual',
        signal: AbortSignal.timeout(20_000),
      });
      const text = await response.text();
      return {
        status: response.status,
        text,
        setCookie: response.headers.getSetCookie(),
        headers: response.headers,
      };
    },
  };
}

function answer(response: ServerResponse, error: unknown): void {
  const { message, status } = error as Error & { status?: number };
  response.statusCode = status ?? 500;
  response.end(message);
}

/** The cookie of an answer as a browser sends it back. */
export function cookieOf({ setCookie: [first] }: Answer): string | undefined {
  return first?.split(';')[0];
}

/** The id that a cookie carries. */
export function idOf(cookie: string | undefined): string {
  const value = decodeURIComponent(cookie?.split('=')[1] ?? '');
  return value.slice(2, value.lastIndexOf('.'));
}

/** A store's verb as a promise. */
export function ask<Result>(
  call: (done: (error?: unknown, result?: Result) => void) => unknown,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Counts the calls of a verb of a store. */
export function counting(store: object, verb: 'get' | 'set' | 'destroy' | 'touch'): () => number {
  const target = store as Record<string, (...parameters: unknown[]) => unknown>;
  const call = target[verb];
  let count = 0;
  target[verb] = function (this: unknown, ...parameters) {
    count++;
    return call?.apply(this, parameters);
  };
  return () => count;
}
