import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test, vi } from 'vitest';
import { sessionHandler } from '../../src/adapters/fetch.js';
import { createSessions, SessionError } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import {
  type AdapterContext,
  adapterSuite,
  type SuiteData,
} from '../../src/testing/adapter-suite.js';
import { listen } from './reply.js';
import { collectWarnings } from './serve.js';
import { calledDirectly, toResponse, WITHOUT_SERVER } from './web-reply.js';

function suiteHandler({
  sessions,
  handle,
}: AdapterContext): (request: Request, address?: string) => Promise<Response> {
  return sessionHandler<SuiteData, [address?: string]>(
    sessions,
    async (request, session) => {
      const path = new URL(request.url).pathname;
      const reply = await handle({ method: request.method, path }, session);
      if (reply.isThrown) throw toResponse(reply);
      return toResponse(reply);
    },
    {
      connection: (_request, remoteAddress) => ({ remoteAddress }),
      onError: (error) =>
        new Response('error page', { status: error instanceof SessionError ? error.status : 500 }),
    },
  );
}

describe('contract, called directly', () => {
  adapterSuite({
    test,
    start: async (context) => calledDirectly(suiteHandler(context)),
    differences: WITHOUT_SERVER,
  });
});

describe('contract, behind a server', () => {
  adapterSuite({
    test,
    start: async (context) => {
      const handler = suiteHandler(context);
      return listen(async (incoming, outgoing) => {
        const headers = new Headers();
        for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
          for (const value of values) headers.append(name, value);
        }
        const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
          method: incoming.method ?? 'GET',
          headers,
        });
        const response = await handler(request, incoming.socket.remoteAddress);
        outgoing.statusCode = response.status;
        outgoing.setHeaders(response.headers);
        if (response.body === null) outgoing.end();
        else
          await pipeline(Readable.fromWeb(response.body as never), outgoing).catch(() =>
            outgoing.destroy(),
          );
      });
    },
  });
});

describe('what only fetch has', () => {
  const request = new Request('https://shop.test/');
  const sessions = () => createSessions({ store: memoryStore() });

  test('a response with headers that cannot be changed', async () => {
    const handler = sessionHandler(sessions(), (_request, session) => {
      session.set('seen', true);
      return Response.redirect('https://shop.test/next', 303);
    });
    const { status, headers } = await handler(request);
    expect([status, headers.get('location'), headers.getSetCookie().length]).toEqual([
      303,
      'https://shop.test/next',
      1,
    ]);
  });

  test('V-22: a response that the handler gives to everybody does not collect their cookies', async () => {
    const same = new Response(null, { status: 204, headers: [['Set-Cookie', 'theme=dark']] });
    const handler = sessionHandler(sessions(), (_request, session) => {
      session.set('seen', true);
      return same;
    });
    const answers = [await handler(request), await handler(request)];
    for (const { headers } of answers)
      expect(headers.getSetCookie()).toEqual(['theme=dark', expect.stringMatching(/^__Host-sid=/)]);
    expect(same.headers.getSetCookie()).toEqual(['theme=dark']);
  });

  test('a response for a session that nobody used is handed on as it is', async () => {
    const response = new Response('page');
    expect(await sessionHandler(sessions(), () => response)(request)).toBe(response);
  });

  test('what the runtime passes besides reaches the handler, connection and onError', async () => {
    const seen: unknown[] = [];
    const handler = sessionHandler<Record<string, unknown>, [{ region: string }]>(
      sessions(),
      (_request, session, env) => {
        seen.push(env.region);
        session.set('seen', true);
        throw new Error('thrown');
      },
      {
        connection: (_request, env) => {
          seen.push(env.region);
          return { secure: true };
        },
        onError: (error, _request, env) => {
          seen.push((error as Error).message, env.region);
          return new Response(null, { status: 500 });
        },
      },
    );
    const response = await handler(new Request('http://shop.test/'), { region: 'eu' });
    expect(seen).toEqual(['eu', 'eu', 'thrown', 'eu']);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  test("without onError the handler's error is thrown on, and nothing is stored", async () => {
    const store = memoryStore();
    const handler = sessionHandler(createSessions({ store }), (_request, session) => {
      session.set('seen', true);
      throw new Error('thrown');
    });
    await expect(handler(request)).rejects.toThrow('thrown');
    expect(await store.count?.()).toBe(0);
  });

  test('a Response that onError throws is an answer too, and one that the handler throws does not reach it', async () => {
    const seen: unknown[] = [];
    const handler = sessionHandler(
      sessions(),
      (request, session) => {
        session.set('seen', true);
        if (request.url.endsWith('/error')) throw new Error('thrown');
        throw new Response('thrown', { status: 401 });
      },
      {
        onError: (error) => {
          seen.push(error);
          throw new Response('of onError', { status: 418 });
        },
      },
    );
    for (const [path, status, text] of [
      ['', 401, 'thrown'],
      ['error', 418, 'of onError'],
    ] as const) {
      const response = await handler(new Request(`https://shop.test/${path}`));
      expect([response.status, await response.text()]).toEqual([status, text]);
      expect(response.headers.getSetCookie()).toHaveLength(1);
    }
    expect(seen).toEqual([new Error('thrown')]);
  });

  test('the body of a lost response is cancelled', async () => {
    const store = observedStore(Date.now);
    store.fail('create');
    const reasons: unknown[] = [];
    const body = new ReadableStream({ cancel: (reason) => void reasons.push(reason) });
    const handler = sessionHandler(createSessions({ store }), (_request, session) => {
      session.set('seen', true);
      return new Response(body);
    });
    const response = await handler(request);
    expect(response.status).toBe(503);
    expect([...response.headers]).toEqual([
      ['cache-control', 'no-store'],
      ['content-type', 'text/plain;charset=UTF-8'],
    ]);
    expect(reasons).toEqual(['The session could not be stored.']);
  });

  test('the answer to an upgrade, which cannot be copied, is handed on as it is', async () => {
    const upgrade = Object.defineProperty(new Response(), 'status', { value: 101 });
    const handler = sessionHandler(sessions(), (_request, session) => {
      session.set('seen', true);
      return upgrade;
    });
    expect(await handler(request)).toBe(upgrade);
  });

  test('so is none, which Bun wants after an upgrade; a session that cannot be stored is answered', async () => {
    const store = observedStore(Date.now);
    const handler = sessionHandler(createSessions({ store }), (_request, session) => {
      session.set('seen', true);
      return undefined as never;
    });
    expect(await handler(request)).toBeUndefined();
    expect(await store.count()).toBe(1);
    store.fail('create');
    expect((await handler(request)).status).toBe(503);
  });

  test('a session error without onError is answered, kept by no cache, and warned of when trying again is no use', async () => {
    const warnings = collectWarnings();
    const handler = sessionHandler(sessions(), (_request, session) => {
      session.set('value', () => undefined);
      return new Response('lost');
    });
    const response = await handler(request);
    expect([response.status, response.headers.get('cache-control')]).toEqual([500, 'no-store']);
    expect(await response.text()).toBe('Internal Server Error\n');
    await vi.waitFor(() =>
      expect(warnings).toEqual([expect.objectContaining({ code: 'invalid-value' })]),
    );
  });
});
