import { createServer, request, type ServerResponse } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSessions } from '../../src/index.js';
import { observedStore } from '../../src/testing/adapter-cases/observed-store.js';
import { createClient } from '../../src/testing/client.js';
import { listen } from './reply.js';

/** Another copy of the package, as two dependencies of an application may bring. */
async function copy(): Promise<typeof import('../../src/adapters/node.js')> {
  vi.resetModules();
  return import('../../src/adapters/node.js');
}

test('two copies of the package hold one response, and it says what one would', async () => {
  const stores = [observedStore(Date.now), observedStore(Date.now)] as const;
  const outer = createSessions({ store: stores[0], cookie: { name: '__Host-outer' } });
  const inner = createSessions({ store: stores[1], cookie: { name: '__Host-inner' } });
  const said: unknown[] = [];
  const [one, other] = [await copy(), await copy()];
  expect(one.sessionListener).not.toBe(other.sessionListener);
  const listener = one.sessionListener(outer, (request, response, first) => {
    first.increment('views');
    return other.sessionListener(inner, (_request, _response, second) => {
      second.increment('views');
      response.write('pa');
      response.end('ge');
      said.push(response.headersSent, response.writableEnded, response.finished);
    })(request, response);
  });
  const server = await listen(listener);
  onTestFinished(server.stop);
  const client = createClient(server);
  const response = await client.get('/');
  expect(await response.text()).toBe('page');
  expect(
    response.headers
      .getSetCookie()
      .map((cookie) => cookie.split('=')[0])
      .sort(),
  ).toEqual(['__Host-inner', '__Host-outer']);
  expect(said).toEqual([true, true, true]);
  for (const [store, cookie] of [
    [stores[0], '__Host-outer'],
    [stores[1], '__Host-inner'],
  ] as const) {
    client.cookies.clear();
    store.fail('create');
    const lost = await client.get('/');
    expect(lost.status).toBe(503);
    expect(await lost.text()).toBe('Service Unavailable\n');
    expect(lost.headers.getSetCookie().join()).not.toContain(cookie);
    store.heal();
  }
});

test('responses of other servers, and a second response to one request, are left alone', async () => {
  const { sessionListener } = await copy();
  const { ServerResponse: Response } = await import('node:http');
  const sessions = createSessions({ store: observedStore(Date.now) });
  let second: ServerResponse | undefined;
  const server = await listen(
    sessionListener(sessions, (request, response, session) => {
      session.increment('views');
      second = new Response(request);
      second.setHeader('X-Second', '1');
      response.end('page');
      second.setHeader('X-Second', '2');
    }),
  );
  onTestFinished(server.stop);
  expect(await (await createClient(server).get('/')).text()).toBe('page');
  expect([second?.headersSent, second?.writableEnded, second?.getHeader('x-second')]).toEqual([
    false,
    false,
    '2',
  ]);
  const plain = await listen(createServer((_request, response) => response.end('plain')));
  onTestFinished(plain.stop);
  const status = await new Promise((resolve) =>
    request(plain.origin, (response) => resolve(response.resume().statusCode)).end(),
  );
  expect(status).toBe(200);
});
