import { createServer } from 'node:http';
import polka05 from 'polka';
import polka1 from 'polka1';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { createSessions, type Session, type Sessions, session } from '../../src/index.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { createClient } from '../../src/testing/client.js';
import { listen, sendReply, suiteRequest } from '../adapters/reply.js';
import { collectWarnings } from '../adapters/serve.js';

type Polka = ReturnType<typeof polka05>;

interface Shop {
  views: number;
}

describe.each([
  ['Polka 0.5', polka05],
  ['Polka 1', polka1 as unknown as typeof polka05],
])('%s', (_name, polka) => {
  adapterSuite({
    test,
    start: ({ sessions, handle }) => {
      const server = createServer();
      const app = polka({
        server,
        // Polka's own takes the code of an error for a status.
        onError: (error, _request, response) => {
          response.statusCode = (error as unknown as { status?: number }).status ?? 500;
          response.end();
        },
      });
      app.use(sessionMiddleware(sessions) as never);
      app.use((request, response, next) => {
        const { session: own } = request as unknown as { session: Session<SuiteData> };
        handle(suiteRequest(request), own)
          .then((reply) => sendReply(response, reply))
          .catch(next);
      });
      server.on('request', app.handler as never);
      return listen(server);
    },
  });

  async function shop(
    mount: (app: Polka, sessions: Sessions<Shop>) => void,
    options: Parameters<typeof polka>[0] = {},
  ) {
    const store = observedStore(Date.now);
    const sessions = createSessions<Shop>({ store });
    const server = createServer();
    const app = polka({ ...options, server });
    app.use(sessionMiddleware(sessions));
    mount(app, sessions);
    server.on('request', app.handler as never);
    const running = await listen(server);
    onTestFinished(running.stop);
    return { client: createClient(running), sessions, store };
  }

  describe('in the habit of Polka', () => {
    test('routes and sub-apps have the session; session() and current() give the same', async () => {
      const { client, sessions } = await shop((app, own) => {
        const cart = polka().get('/add', (request, response) => {
          response.end(
            `${own.of(request).increment('views')} ${own.current() === own.of(request)}`,
          );
        });
        app.get('/', async (request, response) => {
          await Promise.resolve();
          const same = session() === (own.of(request) as unknown);
          response.end(`${own.of(request).increment('views')} ${same}`);
        });
        app.use('/cart', cart as never);
      });
      const first = await client.get('/');
      expect([await first.text(), first.headers.getSetCookie().length]).toEqual(['1 true', 1]);
      expect(await (await client.get('/cart/add')).text()).toBe('2 true');
      expect(sessions.present()).toBeUndefined();
    });

    test('onError makes the error page, which is stored', async () => {
      const { client } = await shop(
        (app, own) => {
          app.get('/', (request, _response, next) => {
            own.of(request).increment('views');
            next(new Error('no stock'));
          });
        },
        {
          onError: (error, request, response) => {
            response.statusCode = 418;
            const { session: own } = request as unknown as { session: Session<Shop> };
            response.end(`${(error as Error).message} ${own.increment('views')}`);
          },
        },
      );
      const first = await client.get('/');
      expect([first.status, await first.text()]).toEqual([418, 'no stock 2']);
      expect(await (await client.get('/')).text()).toBe('no stock 4');
    });

    test('a session that cannot be stored is answered with 503, whatever the error page does with its code', async () => {
      const warnings = collectWarnings();
      const { client, store } = await shop((app, own) => {
        app.get('/', (request, response) => {
          own.of(request).increment('views');
          response.setHeader('X-Lost', '1');
          response.end('lost');
        });
      });
      store.fail('create');
      const lost = await client.get('/');
      expect([lost.status, lost.headers.get('x-lost')]).toEqual([503, null]);
      expect(await lost.text()).not.toContain('lost\n');
      expect(lost.headers.get('cache-control')).toBe('no-store');
      store.heal();
      expect(await (await client.get('/')).text()).toBe('lost');
      store.fail('read');
      expect((await client.get('/')).status).toBe(503);
      for (const warning of warnings)
        expect(warning).toMatchObject({ code: 'ERR_HTTP_INVALID_STATUS_CODE' });
    });

    test('a request to itself with the same cookies keeps both changes', async () => {
      const { client, sessions } = await shop((app, own) => {
        app.get('/inner', (request, response) => {
          response.end(String(own.of(request).increment('views')));
        });
        app.get('/outer', async (request, response) => {
          own.of(request).increment('views');
          response.end(await (await client.get('/inner')).text());
        });
      });
      await client.get('/inner');
      await client.get('/outer');
      expect(await (await client.get('/inner')).text()).toBe('4');
      expect(await sessions.count()).toBe(1);
    });
  });
});
