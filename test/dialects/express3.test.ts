import type { RequestListener } from 'node:http';
import cookieParser from 'cookie-parser';
import express from 'express';
import express4 from 'express4';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cookieSession } from '../../src/dialects/express3/cookie-session.js';
import express3 from '../../src/dialects/express3.js';
import { createClient } from '../../src/testing/client.js';
import { listen } from '../adapters/reply.js';
import { collectWarnings } from '../adapters/serve.js';
import { type Exchange, exchange } from './exchanges.js';
import {
  type App,
  apps,
  type Express3,
  type Handler,
  type Loose,
  original,
  serveApp,
} from './express3-apps.js';
import { gate } from './gate.js';

/** The answers to an app's visits, when its strategies take turns. */
async function exchanges(app: App, strategies: readonly Loose[]): Promise<Exchange[]> {
  const origins = await Promise.all(
    strategies.map((each) =>
      serveApp(app, each('options' in app ? app.options : { secret: 'SUPERsekret' })),
    ),
  );
  return exchange(app.visits, origins);
}

describe('cookieSession beside Express 3.21', () => {
  // Expiry is an instant in the cookie.
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T10:00:00.250Z') }),
  );
  afterEach(() => void vi.useRealTimers());

  it.each(apps)('$name: the same answers and cookies, byte for byte', async (app) => {
    expect(await exchanges(app, [cookieSession])).toEqual(
      await exchanges(app, [original.cookieSession]),
    );
  });

  it.each(apps)('$name: each reads what the other wrote', async (app) => {
    const expected = await exchanges(app, [original.cookieSession]);
    expect(await exchanges(app, [original.cookieSession, cookieSession])).toEqual(expected);
    expect(await exchanges(app, [cookieSession, original.cookieSession])).toEqual(expected);
  });
});

describe('where cookieSession of Express 3 goes wrong', () => {
  const begin: Handler = ({ session }) => {
    session.views = 1;
  };
  const count: Handler = ({ session }) => {
    session.views = (session.views ?? 0) + 1;
  };
  const read: Handler = ({ session }) => String(session.views);

  /** What both answer to the same visits: ours first. */
  async function both(app: Omit<App, 'name'>): Promise<[Exchange[], Exchange[]]> {
    const named = { name: '', ...app };
    return [
      await exchanges(named, [cookieSession]),
      await exchanges(named, [original.cookieSession]),
    ];
  }

  it('a request that reads sends nothing, and so undoes no change of another', async () => {
    const app = {
      secret: 'S3CRE7',
      options: undefined,
      handlers: { '/': begin, '/read': read },
      visits: [{}, { path: '/read' }],
    };
    const [mine, theirs] = await both(app);
    expect(mine[1]).toMatchObject({ body: '1', setCookies: [] });
    expect(theirs[1]?.setCookies).toHaveLength(1);
  });

  it('a secret of its own beside that of cookieParser: the session is found again', async () => {
    const app = {
      secret: 'S3CRE7',
      options: { secret: 'SUPERsekret' },
      handlers: { '/': begin, '/read': read },
      visits: [{}, { path: '/read' }],
    };
    const [mine, theirs] = await both(app);
    expect([mine[1]?.body, theirs[1]?.body]).toEqual(['1', 'undefined']);
  });

  it('a cookie that is not signed is a new session, not an error', async () => {
    const forged = { headers: { cookie: 'connect.sess=j%3A%7B%22views%22%3A7%7D' } };
    const [mine, theirs] = await both({ handlers: { '/': read }, visits: [forged] });
    expect(mine[0]).toMatchObject({ status: 200, body: 'undefined' });
    expect(theirs[0]?.status).toBe(500);
  });

  it('a path ends at a slash', async () => {
    const app = {
      options: { secret: 'a', cookie: { path: '/app' } },
      handlers: { '/apple': count, '/app': count, '/app/le': count },
    };
    const [mine, theirs] = await both({
      ...app,
      visits: Object.keys(app.handlers).map((path) => ({ path })),
    });
    expect(mine.map(({ setCookies }) => setCookies.length)).toEqual([0, 1, 1]);
    expect(theirs[0]?.setCookies).toHaveLength(1);
  });

  it('a change of the cookie alone is sent', async () => {
    const lengthen: Handler = ({ session }) => {
      session.cookie.maxAge = 5000;
    };
    const [mine, theirs] = await both({
      handlers: { '/': begin, '/longer': lengthen },
      visits: [{}, { path: '/longer' }],
    });
    expect(mine[1]?.setCookies).toEqual([expect.stringContaining('Expires=')]);
    expect(theirs[1]?.setCookies).toEqual([]);
  });

  it('a session too long for a cookie is an error before the response leaves', async () => {
    const grow: Handler = ({ session }, response) => {
      session.text = 'x'.repeat(5000);
      response.redirect('/saved');
    };
    const [mine, theirs] = await both({ handlers: { '/': grow }, visits: [{}] });
    expect(mine[0]).toMatchObject({
      status: 500,
      location: null,
      setCookies: [],
      body: expect.stringContaining('the limit of 4084'),
    });
    expect(theirs[0]?.setCookies[0]?.length).toBeGreaterThan(5000);
  });

  it('data that JSON cannot hold is an error for the error handlers', async () => {
    const loop: Handler = ({ session }) => {
      session.session = session;
    };
    const app: App = { name: '', handlers: { '/': loop }, visits: [{}] };
    expect((await exchanges(app, [cookieSession]))[0]).toMatchObject({
      status: 500,
      body: expect.stringContaining('cannot be written as JSON'),
    });
  });

  it('an error once the head has left reaches the error handlers', async () => {
    const errors: unknown[] = [];
    const server = express();
    server.use(cookieSession({ secret: 'a' }));
    server.get('/', (_request, response) => {
      response.write('first');
      response.write(1);
    });
    server.use((error: NodeJS.ErrnoException, _request: Loose, response: Loose, _next: Loose) => {
      errors.push(error.code);
      response.destroy();
    });
    const { origin, stop } = await listen(server as RequestListener);
    onTestFinished(stop);
    await expect(fetch(origin).then((reply) => reply.text())).rejects.toThrow();
    expect(errors).toEqual(['ERR_INVALID_ARG_TYPE']);
  });

  it.each([
    [{ key: 'a b' }, 'argument name is invalid'],
    [{ cookie: { path: 'ž' } }, 'option path is invalid'],
    [{ cookie: { maxAge: 'soon' as unknown as number } }, 'maxAge must be a number or Date'],
  ])('%o is refused when the app starts', (options, message) => {
    expect(() => cookieSession({ secret: 'a', ...options })).toThrow(new TypeError(message));
  });

  it('a secure cookie over plain HTTP is a warning that names the cause', async () => {
    const warnings = collectWarnings();
    const insecure = { headers: { 'x-forwarded-proto': 'https' } };
    const [mine, theirs] = await both({
      options: { secret: 'a', cookie: { secure: true } },
      handlers: { '/': begin },
      visits: [insecure, insecure],
    });
    expect(mine).toEqual(theirs);
    expect(mine[0]?.setCookies).toEqual([]);
    const ofSession = (): Error[] => warnings.filter(({ name }) => name === 'SessionWarning');
    await vi.waitFor(() => expect(ofSession()).toHaveLength(1));
    expect(ofSession()[0]?.message).toContain('X-Forwarded-Proto');
  });

  it.each<[string, Loose]>([
    ['Express 4', express4],
    ['Express 5', express],
  ])('works in %s, with a secret of its own or of cookie-parser', async (_name, express) => {
    const app = express();
    app.use('/own', cookieSession({ secret: 'SUPERsekret' }));
    app.use('/parsed', cookieParser('S3CRE7'), cookieSession());
    app.get('/:strategy', (request: Loose, response: Loose) => {
      request.session.views = (request.session.views ?? 0) + 1;
      response.send(String(request.session.views));
    });
    const { origin, stop } = await listen(app as RequestListener);
    onTestFinished(stop);
    const answers = await exchange(
      [{ path: '/own' }, { path: '/own' }, { path: '/parsed' }],
      [origin],
    );
    // One cookie for both: the second does not accept what the first signed.
    expect(answers.map(({ body }) => body)).toEqual(['1', '2', '1']);
  });
});

describe('express3(express)', () => {
  const express3OnSojourn: Express3 = express3(original);

  it('is the Express that it was given, which stays as it is', () => {
    const before = Object.getOwnPropertyDescriptor(original, 'session')?.get;
    expect(express3OnSojourn.cookieParser).toBe(original.cookieParser);
    expect(typeof express3OnSojourn().handle).toBe('function');
    expect(express3OnSojourn.cookieSession).not.toBe(original.cookieSession);
    expect(Object.getOwnPropertyDescriptor(original, 'session')?.get).toBe(before);
    expect(Object.keys(express3OnSojourn)).toEqual(['cookieSession', 'session']);
  });

  it('session has what stores build upon', () => {
    expect(Object.keys(express3OnSojourn.session).sort()).toEqual([
      'Cookie',
      'MemoryStore',
      'Session',
      'Store',
      'hashId',
      'native',
    ]);
  });

  const storeApp: Pick<App, 'handlers' | 'visits'> = {
    handlers: {
      '/': ({ session }) =>
        void Object.assign(session, { name: 'Napoleon', 'primary skill': 'Dancing', skills: [] }),
      '/update': ({ session }) => session.skills.push('Baking'),
      '/delete': ({ session }) => delete session['primary skill'],
      '/read': ({ session }) => JSON.stringify(session),
      '/object': (request) => delete request.session,
      '/null': (request) => {
        request.session = null;
      },
      '/destroy': (request) =>
        new Promise((resolve) => request.session.destroy(() => resolve(request.session))),
    },
    visits: [
      '/',
      '/update',
      '/read',
      '/object',
      '/read',
      '/delete',
      '/null',
      '/read',
      '/destroy',
      '/read',
    ].map((path) => ({
      path,
    })),
  };

  /** The strategy of one Express, with ids that tell in which order they were made. */
  function storeStrategy(express: Express3, sessions: object, options: object): Loose {
    const store = new express.session.MemoryStore();
    store.sessions = sessions as Record<string, string>;
    return express.session({
      store,
      genid: () => `id-${Object.keys(sessions).length}`,
      ...options,
    });
  }

  async function storeExchanges(
    packages: readonly Express3[],
    options: object,
  ): Promise<{ answers: Exchange[]; stored: object }> {
    const sessions = {};
    const origins = await Promise.all(
      packages.map((each) =>
        serveApp({ secret: 'S3CRE7', ...storeApp }, storeStrategy(each, sessions, options)),
      ),
    );
    return { answers: await exchange(storeApp.visits, origins), stored: sessions };
  }

  it.each([
    {},
    { key: 'app.sess', secret: 'SEKR37' },
    { cookie: { maxAge: 60_000, path: '/', domain: 'example.com' } },
  ])(
    'session answers, sends and stores the same, byte for byte, and each finds what the other stored: %o',
    async (options) => {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T10:00:00.250Z') });
      onTestFinished(() => void vi.useRealTimers());
      const expected = await storeExchanges([original], options);
      expect(await storeExchanges([express3OnSojourn], options)).toEqual(expected);
      expect(await storeExchanges([original, express3OnSojourn], options)).toEqual(expected);
      expect(await storeExchanges([express3OnSojourn, original], options)).toEqual(expected);
    },
  );

  /** What is stored after a slow request, during which the same visitor asks for `path`. */
  async function during(express: Express3, path: string): Promise<string> {
    const slowOne = gate();
    const handlers: Record<string, Handler> = {
      '/login': ({ session }) => void Object.assign(session, { user: 'ada' }),
      '/slow': async ({ session }) => {
        session.slow = true;
        slowOne.reach();
        await slowOne.isOpen;
      },
      '/fast': ({ session }) => void Object.assign(session, { fast: true }),
      '/logout': (request) =>
        new Promise((resolve) => request.session.destroy(() => resolve('out'))),
      '/read': ({ session: { user, slow, fast } }) => JSON.stringify({ user, slow, fast }),
    };
    const origin = await serveApp({ handlers }, express.session({ secret: 'SEKR37' }));
    const client = createClient({ origin });
    await client.get('/login');
    const other = client.clone();
    const slow = client.get('/slow');
    await slowOne.isReached;
    await other.get(path);
    slowOne.open();
    await slow;
    return (await client.get('/read')).text();
  }

  it('requests that change different variables lose nothing', async () => {
    expect(await during(express3OnSojourn, '/fast')).toBe('{"user":"ada","slow":true,"fast":true}');
    expect(await during(original, '/fast')).toBe('{"user":"ada","slow":true}');
  });

  it('a session that was destroyed stays so', async () => {
    expect(await during(express3OnSojourn, '/logout')).toBe('{}');
    expect(await during(original, '/logout')).toBe('{"user":"ada","slow":true}');
  });
});
