import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { RequestHandler as RequestHandler4 } from 'express4';
import Keygrip from 'keygrip';
import cookieSession, {
  type CookieSessionObject,
  type CookieSessionOptions,
  type CookieSessionRequest,
} from '../../src/dialects/cookie-session.js';
import express3 from '../../src/dialects/express3.js';

export const inExpress: RequestHandler = cookieSession({ secret: 'a' });
export const inExpress4: RequestHandler4 = cookieSession({ secret: 'a' });
export const options: CookieSessionOptions[] = [
  { keys: ['a', Buffer.from('b')] },
  { keys: new Keygrip(['a'], 'sha256') },
  {
    secret: 'a',
    name: 'sess',
    maxAge: 1,
    expires: new Date(),
    path: '/',
    domain: 'example.com',
    sameSite: true,
    secure: false,
    httpOnly: true,
  },
  {
    secret: 'a',
    signed: false,
    overwrite: false,
    partitioned: true,
    priority: 'high',
    secureProxy: true,
  },
  // @ts-expect-error maxAge is in milliseconds.
  { secret: 'a', maxAge: '1h' },
  // @ts-expect-error There is no such choice.
  { secret: 'a', sameSite: 'maybe' },
];

export function handler(request: IncomingMessage & CookieSessionRequest): void {
  request.session = { views: 1 };
  request.session = null;
  const { session, sessionOptions } = request as {
    session: CookieSessionObject;
    sessionOptions: CookieSessionOptions;
  };
  session.views = (session.views ?? 0) + 1;
  const isNew: boolean | undefined = session.isNew;
  sessionOptions.maxAge = isNew ? 1000 : 2000;
  // @ts-expect-error What the session says of itself cannot be set.
  session.isChanged = true;
}

const express = express3((port: number) => ({ port }));
export const port: number = express(80).port;
export const strategies: RequestHandler[] = [
  express.cookieSession(),
  express.cookieSession({
    key: 'app.sess',
    secret: 'a',
    cookie: { maxAge: 1, path: '/' },
    proxy: true,
  }),
  express.session({ key: 'app.sess', secret: 'a', store: new express.session.MemoryStore() }),
];
