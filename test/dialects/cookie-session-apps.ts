import type { IncomingMessage, ServerResponse } from 'node:http';
import Keygrip from 'keygrip';
import { onTestFinished } from 'vitest';
import { listen } from '../adapters/reply.js';
import type { Visit } from './exchanges.js';

/** cookie-session, of whichever package. */
export type CookieSession = (
  options?: object,
) => (request: Request, response: Response, next: (error?: unknown) => void) => void;

// biome-ignore lint/suspicious/noExplicitAny: what handlers do with their session is the test.
export type Request = IncomingMessage & { session: any; sessionOptions: any; protocol?: string };
export type Response = ServerResponse;
type Handler = (request: Request, response: Response) => unknown;

/** An app, and the requests that are sent to it. */
export interface App {
  readonly name: string;
  readonly options?: object | undefined;
  /**
   * By path; `/` when there is no other. What a handler returns or resolves to becomes the body,
   * what it throws the body of a 500.
   */
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly requests: readonly Visit[];
  /** More middleware of the same package. */
  readonly others?: readonly object[];
}

const KEY = { keys: ['a key of the app'] };

/**
 * Serves an app of node:http with `cookieSession`; a request with the header `x-https` counts as
 * one over https.
 */
export async function serveApp(
  { options = KEY, others = [], handlers }: App,
  cookieSession: CookieSession,
): Promise<{ origin: string }> {
  const middleware = [options, ...others].map((each) => cookieSession(each));
  const server = await listen((incoming, response) => {
    const request = incoming as Request;
    if (request.headers['x-https']) request.protocol = 'https';
    const handler = handlers[request.url ?? ''] ?? handlers['/'];
    const fail = (error: unknown): unknown =>
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    const answer = async (): Promise<unknown> =>
      response.end(String((await handler?.(request, response)) ?? ''));
    const run = (index: number) => (error?: unknown) => {
      if (error !== undefined) fail(error);
      else if (index < middleware.length) middleware[index]?.(request, response, run(index + 1));
      else answer().catch(fail);
    };
    run(0)();
  });
  onTestFinished(server.stop);
  return server;
}

const count: Handler = ({ session }) => {
  session.views = (session.views ?? 0) + 1;
  return session.views;
};
const read: Handler = ({ session }) => JSON.stringify(session);
const flags: Handler = ({ session }) =>
  [session.isNew, session.isChanged, session.isPopulated].join();
const remove: Handler = (request) => {
  request.session = null;
  return String(request.session);
};
const OVER_HTTPS = { headers: { 'x-https': '1' } };

/** An app that writes a session with these options, reads it, and removes it. */
function withOptions(name: string, options: object, init: RequestInit = {}): App {
  return {
    name: `a cookie with ${name}`,
    options: { ...KEY, ...options },
    handlers: { '/': count, '/read': read, '/remove': remove },
    requests: [init, { path: '/read', ...init }, init, { path: '/remove', ...init }],
  };
}

/** A value and its signature with the key of the app, as a request of somebody who has both. */
export function sent(value: string, { name = 'session', key = KEY.keys[0] } = {}): RequestInit {
  return {
    headers: {
      cookie: `${name}=${value}; ${name}.sig=${new Keygrip([String(key)]).sign(`${name}=${value}`)}`,
    },
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Apps that behave the same on both packages. */
export const apps: readonly App[] = [
  { name: 'a session nobody asks for', handlers: { '/': () => 'nothing' }, requests: [{}, {}] },
  { name: 'a new session that is read', handlers: { '/': read }, requests: [{}, {}] },
  { name: 'a counter', handlers: { '/': count }, requests: [{}, {}, {}] },
  {
    name: 'an unchanged session',
    handlers: { '/': count, '/read': read },
    requests: [{}, { path: '/read' }, { path: '/read' }],
  },
  {
    name: 'a session nobody asks for, though the request has one',
    handlers: { '/': count, '/other': () => 'other' },
    requests: [{}, { path: '/other' }],
  },
  {
    name: 'changes below the top',
    handlers: {
      '/': ({ session }) => void Object.assign(session, { cart: { items: [] } }),
      '/add': ({ session }) => session.cart.items.push('mug'),
      '/read': read,
    },
    requests: [{}, { path: '/add' }, { path: '/add' }, { path: '/read' }],
  },
  {
    name: 'deleted properties, to the last',
    handlers: {
      '/': ({ session }) => void Object.assign(session, { a: 1, 'primary skill': 'Dancing' }),
      '/first': ({ session }) => delete session['primary skill'],
      '/last': ({ session }) => delete session.a,
      '/read': flags,
    },
    requests: [{}, { path: '/first' }, { path: '/last' }, { path: '/read' }],
  },
  {
    name: 'a session set to null',
    handlers: {
      '/': count,
      '/remove': remove,
      '/read': read,
      '/gone': (request) => {
        request.session = undefined;
        return String(request.session);
      },
    },
    requests: [
      { path: '/remove' },
      {},
      { path: '/remove' },
      { path: '/read' },
      {},
      { path: '/gone' },
    ],
  },
  {
    name: 'a session set to null and begun again',
    handlers: {
      '/': count,
      '/again': (request) => {
        request.session = null;
        request.session = { begun: 'again' };
      },
    },
    requests: [{}, { path: '/again' }, {}],
  },
  {
    name: 'a session replaced with an object',
    handlers: {
      '/': count,
      '/replace': (request) => {
        request.session = { other: [1] };
        return request.session.isNew;
      },
      '/read': read,
    },
    requests: [{}, { path: '/replace' }, { path: '/read' }],
  },
  {
    name: 'a session replaced with what it holds',
    handlers: {
      '/': count,
      '/replace': (request) => {
        request.session = { ...request.session };
      },
    },
    requests: [{}, { path: '/replace' }],
  },
  {
    name: 'a session set to something else',
    handlers: {
      '/': (request) => {
        try {
          request.session = 'text';
        } catch (error) {
          return String((error as Error).message);
        }
      },
    },
    requests: [{}],
  },
  {
    name: 'isNew, isChanged and isPopulated',
    handlers: {
      '/': flags,
      '/write': (request, response) =>
        [flags(request, response), count(request, response), flags(request, response)].join(' '),
    },
    requests: [{}, { path: '/write' }, {}, { path: '/write' }],
  },
  {
    name: 'values that JSON changes',
    handlers: {
      '/': ({ session }) =>
        void Object.assign(session, {
          at: new Date(0),
          none: undefined,
          nan: Number.NaN,
          text: 'žluťoučký 🐎',
          sub: { toJSON: () => 'sub' },
        }),
      '/read': read,
    },
    requests: [{}, { path: '/read' }],
  },
  {
    name: 'names that the session has itself',
    handlers: {
      '/': (request) => {
        request.session = {
          isNew: 1,
          isChanged: 2,
          isPopulated: 3,
          ['__proto__']: { bad: true },
          kept: 4,
        };
      },
      '/read': ({ session }) => `${JSON.stringify(session)}${session.isNew}${session.bad}`,
    },
    requests: [
      {},
      { path: '/read' },
      { path: '/read', ...sent(base64('{"__proto__":{"bad":true},"isNew":7,"a":1}')) },
    ],
  },
  withOptions('a maxAge', { maxAge: 60_000 }),
  withOptions('a maxAge of 0', { maxAge: 0 }),
  withOptions('an instant of expiry', { expires: new Date('2030-01-02T03:04:05Z') }),
  withOptions('both, of which maxAge goes first', {
    maxAge: 60_000,
    expires: new Date('2030-01-02T03:04:05Z'),
  }),
  withOptions('a path', { path: '/read' }),
  withOptions('a domain', { domain: 'example.com' }),
  withOptions('a name', { name: 'app.sess' }),
  withOptions('sameSite true', { sameSite: true }),
  withOptions('sameSite Lax', { sameSite: 'Lax' }),
  withOptions('sameSite none', { sameSite: 'none' }),
  withOptions('sameSite false', { sameSite: false }),
  withOptions('httpOnly false', { httpOnly: false }),
  withOptions('a priority', { priority: 'High' }),
  withOptions('partitioned', { partitioned: true }),
  withOptions('secure over https', { secure: true }, OVER_HTTPS),
  withOptions('secure left to the connection', {}, OVER_HTTPS),
  withOptions('secure false over https', { secure: false }, OVER_HTTPS),
  withOptions(
    'everything',
    {
      maxAge: 1e9,
      path: '/',
      domain: 'example.com',
      priority: 'low',
      sameSite: 'strict',
      secure: true,
      httpOnly: true,
      partitioned: true,
    },
    OVER_HTTPS,
  ),
  withOptions('a secret', { keys: undefined, secret: 'the secret' }),
  withOptions('keys before a secret', { secret: 'the secret' }),
  withOptions('a Keygrip', { keys: new Keygrip(['first', 'second'], 'sha256', 'hex') }),
  withOptions('no signature', { keys: undefined, signed: false }),
  withOptions('no signature, though there are keys', { signed: false }),
  {
    name: 'a cookie signed with an older key',
    options: { keys: ['new', 'old'] },
    handlers: { '/': count, '/read': read, '/remove': remove },
    requests: ['/read', '/', '/remove'].map((path) => ({
      path,
      ...sent(base64('{"views":41}'), { key: 'old' }),
    })),
  },
  {
    name: 'cookies that are not what the app made',
    handlers: { '/': read, '/write': count },
    requests: ['/', '/write'].flatMap((path) =>
      [
        `session=${base64('{"admin":true}')}`,
        `session=${base64('{"admin":true}')}; session.sig=`,
        `session=${base64('{"admin":true}')}; session.sig=AAAAAAAAAAAAAAAAAAAAAAAAAAA`,
        `session.sig=AAAAAAAAAAAAAAAAAAAAAAAAAAA`,
        'session=; session.sig=AAAA',
        'session; session.sig=AAAA',
        ';;=; =;',
      ].map((cookie) => ({ path, headers: { cookie } })),
    ),
  },
  {
    name: 'signed values that are no session',
    handlers: {
      '/': (request, response) => `${read(request, response)}${flags(request, response)}`,
    },
    requests: [
      '',
      '!',
      base64('{'),
      base64('42'),
      base64('null'),
      base64('"abc"'),
      base64('[1,2]'),
      base64('{ "a": 1 }'),
    ].map((value) => sent(value)),
  },
  {
    name: 'a value in quotes, between other cookies',
    handlers: { '/': read },
    requests: [sent(base64('{"a":1}'))].map(({ headers }) => {
      const { cookie } = headers as { cookie: string };
      return {
        headers: {
          cookie: `xsession=1; ${cookie.replace(/session=([^;]+)/, 'session="$1"')}; other=2`,
        },
      };
    }),
  },
  {
    name: 'cookies of others on the response',
    handlers: {
      '/': (request, response) => {
        response.setHeader('Set-Cookie', [
          'session=theirs; path=/',
          'session.sig=theirs',
          'sessions=kept',
          'other=kept',
        ]);
        return count(request, response);
      },
    },
    requests: [{}],
  },
  {
    name: 'cookies of the same name, which overwrite false keeps',
    options: { ...KEY, overwrite: false },
    handlers: {
      '/': (request, response) => {
        response.setHeader('Set-Cookie', 'session=theirs; path=/');
        return count(request, response);
      },
    },
    requests: [{}],
  },
  {
    name: 'cookies in writeHead',
    handlers: {
      '/': (request, response) => {
        count(request, response);
        response.writeHead(201, { 'Set-Cookie': ['other=1', 'session=theirs'] });
      },
    },
    requests: [{}],
  },
  {
    name: 'options for one request',
    handlers: {
      '/': (request, response) => {
        Object.assign(request.sessionOptions, { maxAge: 5000, path: '/here', httpOnly: false });
        return count(request, response);
      },
      '/copy': (request, response) => {
        request.sessionOptions = { ...request.sessionOptions, signed: true, sameSite: 'lax' };
        return count(request, response);
      },
      '/unsigned': (request, response) => {
        request.sessionOptions.signed = false;
        return count(request, response);
      },
    },
    requests: [{}, { path: '/copy' }, { path: '/unsigned' }, {}],
  },
  {
    name: 'other options in the place of those of the request',
    options: { ...KEY, name: 'app', maxAge: 60_000, path: '/', sameSite: 'lax' },
    handlers: {
      '/': (request, response) => {
        request.sessionOptions = { httpOnly: false };
        return count(request, response);
      },
    },
    requests: [{}, {}, { headers: { cookie: `app=${base64('{"views":99}')}` } }],
  },
  {
    name: 'options of one request that are undefined',
    handlers: {
      '/': (request, response) => {
        request.sessionOptions.signed = undefined;
        return count(request, response);
      },
    },
    requests: [{}, {}, { headers: { cookie: `session=${base64('{"views":99}')}` } }],
  },
  {
    name: 'headers that leave before the body',
    handlers: {
      '/': (request, response) => {
        count(request, response);
        response.flushHeaders();
        response.write('early ');
      },
    },
    requests: [{}, {}],
  },
  {
    name: 'a session that is written after the head has left',
    handlers: {
      '/': (request, response) => {
        response.flushHeaders();
        return count(request, response);
      },
    },
    requests: [{}],
  },
];
