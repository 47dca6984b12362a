import { createRequire } from 'node:module';
import { onTestFinished } from 'vitest';
import type { Strategies } from '../../src/dialects/express3.js';
import { listen } from '../adapters/reply.js';
import type { Visit } from './exchanges.js';

// biome-ignore lint/suspicious/noExplicitAny: Express 3 has no types.
export type Loose = any;

/** Express 3, its own or with the strategies of Sojourn. */
export type Express3 = (() => Loose) & Loose & Strategies;

export const original: Express3 = createRequire(import.meta.url)('express3');

export type Handler = (request: Loose, response: Loose) => unknown;

/** An app of Express 3, and what a visitor asks of it. */
export interface App {
  readonly name: string;
  /** What `cookieParser` gets. */
  readonly secret?: string | undefined;
  /** What `cookieSession` gets. Default a secret of its own. */
  readonly options?: object | undefined;
  /** By path. What a handler returns or resolves to is the body. */
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly visits: readonly Visit[];
}

/** Serves an app with `strategy`, and gives its origin. */
export async function serveApp(
  app: Pick<App, 'secret' | 'handlers'>,
  strategy: Loose,
): Promise<string> {
  const server = original();
  // Errors in words, and none on the console.
  server.use(original.cookieParser(app.secret));
  server.use(strategy);
  server.use(server.router);
  server.use((error: Error & { status?: number }, _request: Loose, response: Loose, _next: Loose) =>
    response.send(error.status ?? 500, error.message),
  );
  for (const [path, handler] of Object.entries(app.handlers)) {
    server.get(path, (request: Loose, response: Loose, next: Loose) => {
      Promise.resolve(handler(request, response)).then(
        (body) => response.headersSent || response.send(String(body ?? '')),
        next,
      );
    });
  }
  const { origin, stop } = await listen(server);
  onTestFinished(stop);
  return origin;
}

const count: Handler = ({ session }) => {
  session.views = (session.views ?? 0) + 1;
  return session.views;
};
const read: Handler = ({ session }) => JSON.stringify(session);
const remove: Handler = (request) => {
  request.session = null;
};
const THROUGH_PROXY = { headers: { 'x-forwarded-proto': 'https, http' } };

function withOptions(name: string, options: object, init: RequestInit = {}): App {
  return {
    name,
    options: { secret: 'SUPERsekret', ...options },
    handlers: {
      '/': count,
      '/read': read,
      '/remove': remove,
      '/below/it': count,
      '/belowit': () => 'elsewhere',
    },
    visits: ['/', '/read', '/', '/remove', '/read', '/below/it'].map((path) => ({ path, ...init })),
  };
}

/** Apps that behave the same on both. */
export const apps: readonly App[] = [
  withOptions('a secret of its own', {}),
  withOptions('a name', { key: 'app.sess' }),
  withOptions('a maxAge', { cookie: { maxAge: 60_000 } }),
  withOptions('an instant of expiry', { cookie: { expires: new Date('2030-01-02T03:04:05Z') } }),
  withOptions('a path', { cookie: { path: '/below' } }),
  withOptions('a domain', { cookie: { domain: 'example.com' } }),
  withOptions('httpOnly false', { cookie: { httpOnly: false } }),
  withOptions('secure behind a proxy', { proxy: true, cookie: { secure: true } }, THROUGH_PROXY),
  {
    name: 'the secret of cookieParser',
    secret: 'S3CRE7',
    options: undefined,
    handlers: { '/': count, '/remove': remove, '/read': read },
    visits: [{}, {}, { path: '/remove' }, { path: '/remove' }, { path: '/read' }],
  },
  {
    name: 'the secret of cookieParser, and a maxAge that begins anew with each response',
    secret: 'S3CRE7',
    options: { cookie: { maxAge: 60_000 } },
    handlers: { '/': count, '/read': read },
    visits: [{}, { path: '/read' }],
  },
  {
    name: 'a deleted session',
    handlers: { '/': count, '/delete': (request) => String(delete request.session), '/read': read },
    visits: [{}, { path: '/delete' }, { path: '/read' }],
  },
  {
    name: 'a replaced session',
    handlers: {
      '/': count,
      '/replace': (request) => {
        request.session = { name: 'Pedro' };
      },
      '/read': read,
    },
    visits: [{}, { path: '/replace' }, { path: '/read' }],
  },
  {
    name: 'variables of all kinds',
    handlers: {
      '/': ({ session }) =>
        void Object.assign(session, {
          name: 'Napoleon',
          'primary skill': 'Dancing',
          skills: [],
          at: new Date(0),
          none: null,
        }),
      '/update': ({ session }) => session.skills.push('Baking', 'žluťoučký; "🐎"'),
      '/delete': ({ session }) => delete session['primary skill'],
      '/read': read,
    },
    visits: [{}, { path: '/update' }, { path: '/delete' }, { path: '/read' }],
  },
  {
    name: 'a cookie that a handler changes',
    handlers: {
      '/': ({ session }) => {
        session.cookie.maxAge = 5000;
        session.cookie.path = '/read';
        session.views = 1;
      },
      '/read': read,
    },
    visits: [{}, { path: '/read' }],
  },
  {
    name: 'cookies that are not what the app made',
    options: { secret: 'S3CRE7' },
    handlers: { '/': read },
    visits: [
      'connect.sess=s%3Aj%3A%7B%7D.AAAA',
      'connect.sess=',
      'connect.sess=s%3A',
      'connect.sess=%',
    ].map((cookie) => ({
      headers: { cookie },
    })),
  },
  {
    name: 'no secret at all',
    options: {},
    handlers: { '/': count },
    visits: [{}],
  },
  {
    name: 'other cookies on the response',
    handlers: {
      '/': (request, response) => {
        response.cookie('other', '1');
        return count(request, response);
      },
    },
    visits: [{}],
  },
];
