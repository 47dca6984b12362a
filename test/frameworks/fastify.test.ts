import { once } from 'node:events';
import { connect } from 'node:http2';
import { Readable } from 'node:stream';
import fastify5 from 'fastify';
import fastify4 from 'fastify4';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fastifySession } from '../../src/adapters/fastify.js';
import { createSessions, isSessionError, type Session, session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { adapterSuite, type SuiteData } from '../../src/testing/adapter-suite.js';
import { suiteRequest } from '../adapters/reply.js';

const versions = { 'Fastify 5': fastify5, 'Fastify 4': fastify4 as unknown as typeof fastify5 };

describe.each(Object.entries(versions))('%s', (_name, fastify) => {
  adapterSuite({
    test,
    start: async ({ sessions, handle }) => {
      const app = fastify({ forceCloseConnections: true });
      app.register(fastifySession<SuiteData>, { sessions });
      app.all('*', async (request, reply) => {
        const answer = await handle(
          suiteRequest(request.raw),
          (request as unknown as { session: Session<SuiteData> }).session,
        );
        reply.code(answer.status);
        for (const [name, value] of answer.headers) {
          const present = name === 'Set-Cookie' ? undefined : reply.getHeader(name);
          reply.header(name, present === undefined ? value : [present, value].flat());
        }
        const { body = '' } = answer;
        return reply.send(typeof body === 'string' ? body : Readable.from(body));
      });
      const origin = await app.listen({ port: 0, host: '127.0.0.1' });
      return { origin, stop: () => app.close() };
    },
  });
});

interface Shop {
  views: number;
}

/** Where the types of the page are not: `request.session` is declared once for a program. */
function sessionOf(request: object): Session<Shop> {
  return (request as { session: Session<Shop> }).session;
}

function shop() {
  const store = memoryStore();
  const sessions = createSessions<Shop>({ store });
  const app = fastify5();
  onTestFinished(() => app.close());
  return { store, sessions, app };
}

function cookiesOf(headers: { 'set-cookie'?: string | string[] | undefined }): string[] {
  return [headers['set-cookie'] ?? []].flat();
}

function cookieOf(headers: { 'set-cookie'?: string | string[] | undefined }): string {
  return cookiesOf(headers)
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

describe('in the habit of Fastify', () => {
  test('session() and current() are in every hook behind the plugin, also after a body', async () => {
    const { app, sessions } = shop();
    const seen: string[] = [];
    let begin: (() => void) | undefined;
    const begun = new Promise<void>((done) => {
      begin = done;
    });
    const see = (name: string, request: object): void => {
      const own = sessionOf(request);
      seen.push(`${name} ${sessions.present() === own && session() === (own as object)}`);
    };
    app.register(fastifySession<Shop>, { sessions });
    app.addHook('preParsing', async (request) => {
      see('preParsing', request);
      begin?.();
    });
    app.addHook('preValidation', async (request) => see('preValidation', request));
    app.addHook('preHandler', async (request) => see('preHandler', request));
    app.addHook('preSerialization', async (request) => see('preSerialization', request));
    app.post('/', async (request) => {
      see('handler', request);
      return { ok: true };
    });
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    // The body comes later than the head, from another asynchronous context.
    async function* body() {
      yield Buffer.from('{"a":');
      await begun;
      yield Buffer.from('1}');
    }
    const response = await fetch(origin, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: ReadableStream.from(body()) as never,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(200);
    expect(seen).toEqual(
      ['preParsing', 'preValidation', 'preHandler', 'handler', 'preSerialization'].map(
        (name) => `${name} true`,
      ),
    );
  });

  test('the error handler gets the SessionError, and the page that it sends is the answer', async () => {
    const { app, sessions, store } = shop();
    store.create = () => Promise.reject(new Error('disk full'));
    app.register(fastifySession<Shop>, { sessions });
    const caught: unknown[] = [];
    app.setErrorHandler((error: Error & { status?: number }, _request, reply) => {
      caught.push(error);
      return reply
        .code(error.status ?? 500)
        .type('text/html')
        .send('<p>Try again</p>');
    });
    app.get('/', async (request, reply) => {
      sessionOf(request).set('views', 1);
      reply.header('Set-Cookie', 'own=1');
      return { views: 1 };
    });
    const { statusCode, body, headers } = await app.inject('/');
    expect([statusCode, body, headers['cache-control'], headers['set-cookie']]).toEqual([
      503,
      '<p>Try again</p>',
      'no-store',
      undefined,
    ]);
    expect(caught.map((error) => isSessionError(error) && error.code)).toEqual(['store-failed']);
  });

  test('an error page of the app is stored: the session that it wrote, and its cookie', async () => {
    const { app, sessions } = shop();
    app.register(fastifySession<Shop>, { sessions });
    app.setErrorHandler((_error, request, reply) =>
      reply.code(418).send(`failed ${sessionOf(request).increment('views')}`),
    );
    app.setNotFoundHandler((request, reply) =>
      reply.code(404).send(`missed ${sessionOf(request).increment('views')}`),
    );
    app.get('/', async () => {
      throw new Error('no');
    });
    const first = await app.inject('/');
    expect([first.statusCode, first.body, cookiesOf(first.headers).length]).toEqual([
      418,
      'failed 1',
      1,
    ]);
    const second = await app.inject({ url: '/x', headers: { cookie: cookieOf(first.headers) } });
    expect([second.statusCode, second.body]).toEqual([404, 'missed 2']);
  });

  test('encapsulation: registered in a child, only the routes of the child have sessions', async () => {
    const { app, sessions } = shop();
    app.register(async (child) => {
      child.register(fastifySession<Shop>, { sessions });
      child.get('/in', async (request) => `${sessionOf(request).increment('views')}`);
    });
    app.get('/out', async (request) => `${sessionOf(request)}`);
    const inside = await app.inject('/in');
    const outside = await app.inject('/out');
    expect([inside.body, cookiesOf(inside.headers).length]).toEqual(['1', 1]);
    expect([outside.body, cookiesOf(outside.headers).length]).toEqual(['undefined', 0]);
  });

  test.each(['beside', 'inside a child'])(
    'registered twice, %s: one session and one cookie',
    async (where) => {
      const { app, sessions } = shop();
      app.register(fastifySession<Shop>, { sessions });
      app.register(async (child) => {
        if (where === 'inside a child') child.register(fastifySession<Shop>, { sessions });
        child.get('/', async (request) => `${sessionOf(request).increment('views')}`);
      });
      if (where === 'beside') app.register(fastifySession<Shop>, { sessions });
      const { body, headers } = await app.inject('/');
      expect([body, cookiesOf(headers).length]).toEqual(['1', 1]);
    },
  );

  test('other sessions inside the first are refused, beside them they are not', async () => {
    const { app, sessions } = shop();
    const others = createSessions<Shop>({ store: memoryStore() });
    app.register(fastifySession<Shop>, { sessions });
    app.register(async (child) => child.register(fastifySession<Shop>, { sessions: others }));
    await expect(app.ready()).rejects.toMatchObject({ code: 'invalid-option' });

    const { app: beside } = shop();
    beside.register(async (child) => child.register(fastifySession<Shop>, { sessions }));
    beside.register(async (child) => child.register(fastifySession<Shop>, { sessions: others }));
    await beside.ready();
  });

  test('what createSessions did not make is refused when the app starts', async () => {
    const { app } = shop();
    app.register(fastifySession<Shop>, { sessions: {} as never });
    await expect(app.ready()).rejects.toMatchObject({ code: 'invalid-option' });
  });

  test('beside another plugin that decorates request.session, the app does not start', async () => {
    const { app, sessions } = shop();
    app.decorateRequest('session');
    app.register(fastifySession<Shop>, { sessions });
    await expect(app.ready()).rejects.toMatchObject({ code: 'invalid-option' });
  });

  test('app.inject() in a handler with the same cookies: the same session, one cookie', async () => {
    const { app, sessions } = shop();
    app.register(fastifySession<Shop>, { sessions });
    app.get('/inner', async (request) => `${sessionOf(request).increment('views')}`);
    app.get('/', async (request) => {
      const { cookie = '' } = request.headers;
      sessionOf(request).increment('views');
      const inner = await app.inject({ url: '/inner', headers: { cookie } });
      return `${inner.body} ${cookiesOf(inner.headers).length} ${sessionOf(request).get('views')}`;
    });
    const first = await app.inject('/');
    expect([first.body, cookiesOf(first.headers).length]).toEqual(['2 0 2', 1]);
    const again = await app.inject({ url: '/', headers: { cookie: cookieOf(first.headers) } });
    expect(again.body).toBe('4 0 4');
  });

  test('HTTP/2: the host is the pseudo header, and the session stays', async () => {
    const sessions = createSessions<Shop>({ store: memoryStore() });
    const app = fastify5({ http2: true });
    onTestFinished(() => app.close());
    app.register(fastifySession<Shop>, { sessions });
    app.get('/', async (request) => `${sessionOf(request).increment('views')}`);
    const client = connect(await app.listen({ port: 0, host: '127.0.0.1' }));
    onTestFinished(() => client.close());
    const visit = async (cookie: string) => {
      const stream = client.request({ ':path': '/', cookie });
      const [headers] = (await once(stream, 'response')) as [Record<string, string[]>];
      let body = '';
      for await (const chunk of stream.setEncoding('utf8')) body += chunk;
      return { body, headers };
    };
    const first = await visit('');
    const second = await visit(cookieOf(first.headers));
    expect([first.body, second.body]).toEqual(['1', '2']);
  });

  test('a stream begins once its session is stored, and is let go when that fails', async () => {
    const { app, sessions, store } = shop();
    app.register(fastifySession<Shop>, { sessions });
    let stream: Readable | undefined;
    app.get('/', async (request, reply) => {
      sessionOf(request).increment('views');
      stream = Readable.from(['a', 'b']);
      return reply.send(stream);
    });
    const good = await app.inject('/');
    expect([good.body, cookiesOf(good.headers).length]).toEqual(['ab', 1]);
    store.create = () => Promise.reject(new Error('disk full'));
    const bad = await app.inject('/');
    expect([bad.statusCode, stream?.destroyed]).toEqual([503, true]);
  });

  test('a hijacked reply is stored by save()', async () => {
    const { app, sessions } = shop();
    app.register(fastifySession<Shop>, { sessions });
    let id: string | null | undefined;
    app.get('/', async (request, reply) => {
      reply.hijack();
      const own = sessionOf(request);
      own.set('views', 1);
      await own.save();
      id = own.id;
      reply.raw.end('raw');
    });
    expect((await app.inject('/')).body).toBe('raw');
    expect((await sessions.read(id!))?.data).toEqual({ views: 1 });
  });
});
