import { H3, HTTPError, HTTPResponse, serve } from 'h3';
import { describe, expect, test } from 'vitest';
import { getSession, h3Session } from '../../src/adapters/h3.js';
import { createSessions, isSessionError, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import { calledDirectly, toResponse, WITHOUT_SERVER } from '../adapters/web-reply.js';

const thrownAnswers = {
  'write/thrown-answer': 'h3 answers a thrown Response with 500',
  'identity/login-thrown': 'as write/thrown-answer',
};

function appOf({ sessions, handle }: AdapterContext): H3 {
  const app = new H3({ silent: true });
  app.use(h3Session(sessions));
  app.all('/**', async (event) => {
    const reply = await handle(
      { method: event.req.method, path: event.url.pathname },
      getSession<SuiteData>(event),
    );
    const response = toResponse(reply);
    if (reply.isThrown) throw response;
    return response;
  });
  return app;
}

describe('app.fetch', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = appOf(context);
      return calledDirectly((request) => app.request(request));
    },
    differences: { ...WITHOUT_SERVER, ...thrownAnswers },
  });
});

describe('behind a server', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const server = serve(appOf(context), { port: 0, hostname: '127.0.0.1', silent: true });
      await server.ready();
      return { origin: server.url!.replace(/\/$/, ''), stop: () => server.close(true) };
    },
    differences: thrownAnswers,
  });
});

interface Shop {
  views: number;
}

function shop(config: ConstructorParameters<typeof H3>[0] = {}) {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  const app = new H3({ silent: true, ...config });
  app.use(h3Session(sessions));
  return { app, sessions, store };
}

describe('in the habit of h3', () => {
  test('event.context.session is what getSession gives; objects and streams carry the cookie', async () => {
    const { app } = shop();
    app.get('/object', (event) => {
      const own = getSession<Shop>(event);
      return { views: own.increment('views'), same: event.context.session === own };
    });
    app.get('/stream', (event) => {
      getSession<Shop>(event).increment('views');
      return new Blob(['a', 'b']).stream();
    });
    const object = await app.request('/object');
    expect([await object.json(), object.headers.getSetCookie().length]).toEqual([
      { views: 1, same: true },
      1,
    ]);
    const stream = await app.request('/stream');
    expect([await stream.text(), stream.headers.getSetCookie().length]).toEqual(['ab', 1]);
  });

  test('onError gets the SessionError with 503, and may answer it', async () => {
    const caught: HTTPError[] = [];
    const { app, store } = shop({
      onError: (error) => {
        caught.push(error);
        return new HTTPResponse('own page', { status: error.status });
      },
    });
    store.create = () => Promise.reject(new Error('disk full'));
    app.get('/', (event) => {
      getSession<Shop>(event).increment('views');
      event.res.headers.set('X-Own', '1');
      event.res.headers.append('Set-Cookie', 'own=1');
      return 'ok';
    });
    const response = await app.request('/');
    expect([response.status, await response.text()]).toEqual([503, 'own page']);
    expect([response.headers.get('x-own'), response.headers.getSetCookie()]).toEqual([null, []]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(caught.map(({ cause }) => isSessionError(cause) && cause.code)).toEqual([
      'store-failed',
    ]);
  });

  test.each(['HTTPResponse', 'Response'])(
    'what onError gives as %s has the cookie',
    async (kind) => {
      const { app } = shop({
        onError: ({ status }, event) =>
          kind === 'HTTPResponse'
            ? new HTTPResponse('own page', { status })
            : new Response('own page', { status, headers: event.res.errHeaders }),
      });
      app.get('/', (event) => {
        getSession<Shop>(event).increment('views');
        throw new HTTPError({ status: 418 });
      });
      const response = await app.request('/');
      expect([response.status, await response.text()]).toEqual([418, 'own page']);
      expect(response.headers.getSetCookie().length).toBe(1);
    },
  );

  test('an error that is shared carries no cookie of one visitor to the next', async () => {
    const { app } = shop();
    const shared = new HTTPError({ status: 418, headers: { 'x-own': '1' } });
    app.get('/:page', (event) => {
      if (event.url.pathname === '/first') getSession<Shop>(event).increment('views');
      throw shared;
    });
    const first = await app.request('/first');
    const second = await app.request('/second');
    expect([first.status, first.headers.getSetCookie().length]).toEqual([418, 1]);
    expect([second.status, second.headers.getSetCookie()]).toEqual([418, []]);
  });

  test('a route that is not there is stored as well', async () => {
    const { app } = shop();
    app.use((event) => {
      getSession<Shop>(event).increment('views');
    });
    const response = await app.request('/nowhere');
    expect([response.status, response.headers.getSetCookie().length]).toEqual([404, 1]);
  });

  test('mounted twice: one session and one cookie', async () => {
    const { app, sessions } = shop();
    app.use(h3Session(sessions));
    app.get('/', (event) => `${getSession<Shop>(event).increment('views')}`);
    const response = await app.request('/');
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(['1', 1]);
  });

  test('app.request() in a handler with the same cookies: the same session, one cookie', async () => {
    const { app } = shop();
    app.get('/inner', (event) => `${getSession<Shop>(event).increment('views')}`);
    app.get('/', async (event) => {
      getSession<Shop>(event).increment('views');
      const cookie = event.req.headers.get('cookie');
      const inner = await app.request('/inner', cookie === null ? {} : { headers: { cookie } });
      const sent = inner.headers.getSetCookie().length;
      return `${await inner.text()} ${sent} ${getSession<Shop>(event).get('views')}`;
    });
    const first = await app.request('/');
    expect([await first.text(), first.headers.getSetCookie().length]).toEqual(['2 0 2', 1]);
    const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!;
    expect(await (await app.request('/', { headers: { cookie } })).text()).toBe('4 0 4');
  });

  test('session() and current() are in the handler and in middleware behind', async () => {
    const { app, sessions } = shop();
    const seen: boolean[] = [];
    app.use(async (event, next) => {
      await event.req.text();
      seen.push(sessions.current() === getSession<Shop>(event));
      const result = await next();
      seen.push((session() as object) === getSession(event));
      return result;
    });
    app.post('/', (event) => {
      seen.push((session() as object) === getSession(event));
      return 'ok';
    });
    await app.request('/', { method: 'POST', body: 'a' });
    expect(seen).toEqual([true, true, true]);
  });

  test('where the middleware did not run, getSession says what to write', async () => {
    const app = new H3({ silent: true });
    let caught: unknown;
    app.get('/', (event) => {
      try {
        return getSession(event);
      } catch (error) {
        caught = error;
        return '';
      }
    });
    await app.request('/');
    expect(caught).toMatchObject({ code: 'no-session' });
  });
});
