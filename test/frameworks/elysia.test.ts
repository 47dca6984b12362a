import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { node } from '@elysiajs/node';
import { Elysia, t } from 'elysia';
import { describe, expect, test } from 'vitest';
import { findRuntime } from '../../scripts/runtimes.js';
import { elysiaSession } from '../../src/adapters/elysia.js';
import { createSessions, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { adapterSuite } from '../../src/testing/adapter-suite.js';
import { calledDirectly, WITHOUT_SERVER } from '../adapters/web-reply.js';
import { elysiaApp } from './elysia-app.js';

describe('app.handle', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = elysiaApp(context);
      return calledDirectly((request) => app.handle(request));
    },
    differences: WITHOUT_SERVER,
  });
});

/** What the adapter for Node gives to the callback of `listen`. */
interface NodeServer {
  readonly port: number;
  readonly raw: { readonly node: { readonly server: import('node:http').Server } };
}

describe('@elysiajs/node', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const app = elysiaApp(context, { adapter: node() });
      const { server } = await new Promise<NodeServer['raw']['node']>((done) => {
        app.listen({ port: 0, hostname: '127.0.0.1' }, (served) =>
          done((served as unknown as NodeServer).raw.node),
        );
      });
      if (!server.listening) await once(server, 'listening');
      const { port } = server.address() as { port: number };
      return {
        origin: `http://127.0.0.1:${port}`,
        stop: async () => {
          server.closeAllConnections();
          server.close();
        },
      };
    },
  });
});

const bun = findRuntime('bun');

test.skipIf(!bun.available)(
  'the suite passes on Bun, and a WebSocket is opened there',
  async () => {
    if (!bun.available) return;
    const program = fileURLToPath(new URL('elysia-on-bun.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(bun.command, [...bun.options, program]);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(result).toMatchObject({ failures: [], differences: [], data: 'open 1', count: 1 });
    expect(result.passed).toBeGreaterThan(50);
  },
);

interface Shop {
  views: number;
}

function shop() {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  return { app: new Elysia().use(elysiaSession(sessions)), sessions, store };
}

function visit(
  app: { handle(request: Request): Promise<Response> },
  path: string,
  cookie = '',
): Promise<Response> {
  return app.handle(new Request(`https://shop.test${path}`, { headers: { cookie } }));
}

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

describe('in the habit of Elysia', () => {
  test('session is in every context, with its type, and session() gives the same', async () => {
    const { app: bare, sessions } = shop();
    const seen: boolean[] = [];
    const app = bare
      .derive(({ session: own }) => ({ before: own.get('views', 0) }))
      .onBeforeHandle(({ session: own }) => void seen.push(own === sessions.current()))
      .onAfterHandle(({ session: own }) => void seen.push(own === (session() as unknown)))
      .post(
        '/',
        ({ session: own, before, body }) => {
          const views: number = own.increment('views');
          // @ts-expect-error there is no such key
          own.get('note');
          return `${before} ${views} ${body.name}`;
        },
        { body: t.Object({ name: t.String() }) },
      );
    const post = (cookie: string) =>
      app.handle(
        new Request('https://shop.test/', {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie },
          body: '{"name":"ada"}',
        }),
      );
    const first = await post('');
    expect(await first.text()).toBe('0 1 ada');
    expect(await (await post(cookieOf(first))).text()).toBe('1 2 ada');
    expect(seen).toEqual([true, true, true, true]);
    expect(sessions.present()).toBeUndefined();
  });

  test.each(['/handler', '/after', '/nowhere', '/invalid?page=x'])(
    'onError makes the error page, which is stored, with the cookie: %s',
    async (path) => {
      const { app: bare, sessions } = shop();
      const fail = (): never => {
        throw new Error('no stock');
      };
      const app = bare
        .onError(({ code }) => {
          const views = sessions.current().increment('views');
          return new Response(`${code} ${views}`, { status: 418 });
        })
        .get('/handler', fail)
        .get('/after', () => 'page', { afterHandle: fail })

        .get('/invalid', () => 'page', { query: t.Object({ page: t.Number() }) });
      const first = await visit(app, path);
      expect([first.status, (await first.text()).split(' ')[1]]).toEqual([418, '1']);
      expect(first.headers.getSetCookie().length).toBe(1);
      const second = await visit(app, path, cookieOf(first));
      expect((await second.text()).split(' ')[1]).toBe('2');
    },
  );

  test('without onError the error page of Elysia is stored, too', async () => {
    const { app, sessions } = shop();
    app.get('/', ({ session: own }) => {
      own.increment('views');
      throw new Error('no stock');
    });
    const response = await visit(app, '/');
    expect([response.status, response.headers.getSetCookie().length]).toEqual([500, 1]);
    expect(await sessions.count()).toBe(1);
  });

  test('a session that cannot be stored is answered with 503, without the lost answer', async () => {
    const { app, store } = shop();
    store.create = () => Promise.reject(new Error('disk full'));
    app.get('/', ({ session: own, set, cookie, redirect }) => {
      own.increment('views');
      set.headers['x-own'] = '1';
      cookie.own!.value = '1';
      return redirect('https://shop.test/paid');
    });
    const { status, headers } = await visit(app, '/');
    expect([status, headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect(['location', 'x-own', 'set-cookie'].map((name) => headers.get(name))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('cookies, headers and redirects of Elysia stay', async () => {
    const { app } = shop();
    app.get('/', ({ session: own, set, cookie, redirect }) => {
      own.increment('views');
      set.headers['x-own'] = '1';
      cookie.own!.value = '1';
      return redirect('https://shop.test/paid', 303);
    });
    const { status, headers } = await visit(app, '/');
    expect([status, headers.get('location'), headers.get('x-own')]).toEqual([
      303,
      'https://shop.test/paid',
      '1',
    ]);
    expect(headers.getSetCookie().length).toBe(2);
  });

  test('used by an app and by its parts: one session and one cookie', async () => {
    const { app: bare, sessions } = shop();
    const cart = new Elysia({ prefix: '/cart' })
      .use(elysiaSession(sessions))
      .get('/add', ({ session: own }) => String(own.increment('views')));
    const app = bare
      .use(cart)
      .group('/admin', (admin) =>
        admin.get('/see', ({ session: own }) => String(own.increment('views'))),
      );
    const first = await visit(app, '/cart/add');
    expect([await first.text(), first.headers.getSetCookie().length]).toEqual(['1', 1]);
    expect(await (await visit(app, '/admin/see', cookieOf(first))).text()).toBe('2');
    expect(await sessions.count()).toBe(1);
    const outer = new Elysia().use(cart);
    expect((await visit(outer, '/cart/add')).headers.getSetCookie().length).toBe(1);
  });

  test('app.handle() in a handler with the same cookies: the same session, one cookie', async () => {
    const { app: bare } = shop();
    const app = bare
      .get('/inner', ({ session: own }) => String(own.increment('views')))
      .get('/', async ({ session: own, request }) => {
        own.increment('views');
        const inner = await visit(app, '/inner', request.headers.get('cookie') ?? '');
        return `${await inner.text()} ${inner.headers.getSetCookie().length}`;
      }) as { handle(request: Request): Promise<Response> };
    const first = await visit(app, '/');
    expect([await first.text(), first.headers.getSetCookie().length]).toEqual(['2 0', 1]);
    expect(await (await visit(app, '/', cookieOf(first))).text()).toBe('4 0');
  });

  test('a generator begins to stream once its session is stored', async () => {
    const { app, sessions } = shop();
    app.get('/', async function* ({ session: own }) {
      own.increment('views');
      // On Node a chunk must be bytes.
      yield Buffer.from('a');
      yield Buffer.from('b');
    });
    const response = await visit(app, '/');
    expect([await sessions.count(), response.headers.getSetCookie().length]).toEqual([1, 1]);
    expect(await response.text()).toBe('ab');
  });

  test('the plugin makes Elysia parse no body that the handler reads by itself', async () => {
    const { app } = shop();
    app.post('/', async ({ request }) => (await request.text()).toUpperCase());
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '"a"' };
    const response = await app.handle(new Request('https://shop.test/', init));
    expect(await response.text()).toBe('"A"');
  });

  test('aot: false, and what createSessions did not make, are refused', () => {
    const { sessions } = shop();
    const refused = expect.objectContaining({ code: 'invalid-option' });
    expect(() => new Elysia({ aot: false }).use(elysiaSession(sessions))).toThrow(refused);
    expect(() => elysiaSession({} as never)).toThrow(refused);
  });
});
