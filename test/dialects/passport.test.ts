import { createRequire } from 'node:module';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { createSessions } from '../../src/core/sessions.js';
import { session } from '../../src/dialects/express-session.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';
import { listen } from '../adapters/reply.js';
import { original, quiet } from './express-session/apps.js';

const load = createRequire(import.meta.url);
const express = load('express');
const { Passport } = load('passport');
const { Strategy } = load('passport-local');

interface User {
  id: string;
  name: string;
}
type Done<Result> = (error: unknown, result?: Result | false) => void;

const users: Record<string, User> = { 7: { id: '7', name: 'Anna' } };

function newPassport() {
  const passport = new Passport();
  passport.use(
    new Strategy((name: string, password: string, done: Done<User>) => {
      done(
        null,
        Object.values(users).find((user) => user.name === name && password === 'secret') ?? false,
      );
    }),
  );
  passport.serializeUser((user: User, done: Done<string>) => done(null, user.id));
  passport.deserializeUser((id: string, done: Done<User>) => done(null, users[id] ?? false));
  return passport;
}

async function visit(app: never) {
  const server = await listen(app);
  onTestFinished(server.stop);
  const client = createClient(server);
  const post = (path: string, body = '') =>
    client
      .post(path, { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      .then(async (response) => ({
        status: response.status,
        text: await response.text(),
      }));
  return { client, post, whoami: async () => (await client.get('/whoami')).text() };
}

describe.each([
  { name: 'express-session', session: original },
  { name: 'sojourn/express-session', session },
])('passport.session() over $name', ({ session }) => {
  test('signs in with a new id, keeps what it is asked to keep, and signs out', async () => {
    const passport = newPassport();
    const app = express();
    app.use(session({ ...quiet, secret: 'keyboard cat' }));
    app.use(express.urlencoded({ extended: false }), passport.initialize(), passport.session());
    app.post('/cart', (request: { session: { cart: string } }, response: { end(): void }) => {
      request.session.cart = 'tea';
      response.end();
    });
    app.post(
      '/login',
      passport.authenticate('local', { keepSessionInfo: true }),
      (request: { user: User }, response: { send(text: string): void }) =>
        response.send(request.user.name),
    );
    app.post(
      '/logout',
      (
        request: { logout(done: (error?: unknown) => void): void },
        response: { end(): void },
        next: (error: unknown) => void,
      ) => {
        request.logout((error) => (error ? next(error) : response.end()));
      },
    );
    app.get(
      '/whoami',
      (
        request: { user?: User; session: { cart?: string } },
        response: { json(value: unknown): void },
      ) => {
        response.json([request.user?.name ?? null, request.session.cart ?? null]);
      },
    );
    const { client, post, whoami } = await visit(app as never);
    expect((await post('/login', 'username=Anna&password=wrong')).status).toBe(401);
    await post('/cart');
    const [before] = client.cookies.list();
    expect((await post('/login', 'username=Anna&password=secret')).text).toBe('Anna');
    const [after] = client.cookies.list();
    expect(after?.value).not.toBe(before?.value);
    expect(await whoami()).toBe('["Anna","tea"]');
    await post('/logout');
    expect(await whoami()).toBe('[null,null]');
  });
});

test('passport over sojourn/express: it proves who it is, session.login remembers', async () => {
  const passport = newPassport();
  const sessions = createSessions({ store: memoryStore(), cookie: { secure: 'auto' } });
  const app = express();
  type Request = {
    user: User;
    session: { userId?: string; login(id: string): Promise<unknown>; logout(): Promise<unknown> };
  };
  type Response = { send(text: string): void };
  app.use(
    sessionMiddleware(sessions),
    express.urlencoded({ extended: false }),
    passport.initialize(),
  );
  app.post(
    '/login',
    passport.authenticate('local', { session: false }),
    async ({ session, user }: Request, response: Response) => {
      await session.login(user.id);
      response.send(user.name);
    },
  );
  app.post('/logout', async ({ session }: Request, response: Response) => {
    await session.logout();
    response.send('bye');
  });
  app.get('/whoami', ({ session }: Request, response: Response) =>
    response.send(users[session.userId ?? '']?.name ?? 'nobody'),
  );
  const { post, whoami } = await visit(app as never);
  expect((await post('/login', 'username=Anna&password=wrong')).status).toBe(401);
  expect((await post('/login', 'username=Anna&password=secret')).text).toBe('Anna');
  expect(await whoami()).toBe('Anna');
  await post('/logout');
  expect(await whoami()).toBe('nobody');
});
