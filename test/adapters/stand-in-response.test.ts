import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import type { NodeResponse } from '../../src/adapters/node/head.js';
import { createSessions, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

/**
 * A response as libraries for unit tests make one: an object of its own, with nothing of Node's
 * beneath it.
 */
function standIn(): NodeResponse & EventEmitter & { body: string } {
  const headers = new Map<string, number | string | readonly string[]>();
  const response = Object.assign(new EventEmitter(), {
    statusCode: 200,
    headersSent: false,
    writableEnded: false,
    writableHighWaterMark: 16_384,
    body: '',
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    getHeaderNames: () => [...headers.keys()],
    getHeaders: () => Object.fromEntries(headers),
    setHeader: (name: string, value: string) => headers.set(name.toLowerCase(), value),
    appendHeader: (name: string, value: string) => headers.set(name.toLowerCase(), value),
    removeHeader: (name: string) => void headers.delete(name.toLowerCase()),
    writeHead: (status: number) =>
      Object.assign(response, { statusCode: status, headersSent: true }),
    write: (chunk: string) => {
      response.body += chunk;
      return true;
    },
    end: (chunk = '') => {
      response.body += chunk;
      Object.assign(response, { headersSent: true, writableEnded: true });
      response.emit('finish');
    },
    destroy: () => undefined,
  });
  return response as never;
}

test('a response that is not one of Node, as in unit tests of handlers, is held back all the same', async () => {
  const store = memoryStore();
  const middleware = sessionMiddleware(createSessions({ store }));
  const request: { headers: { host: string }; socket: object; session?: unknown } = {
    headers: { host: 'localhost' },
    socket: {},
  };
  const response = standIn();
  const isFinished = once(response, 'finish');
  await middleware(request as never, response, () => {
    (request.session as Session<{ name: string }>).set('name', 'ada');
    response.end('done');
  });
  expect(response.body).toBe('');
  await isFinished;
  expect(response.body).toBe('done');
  expect(response.getHeader('set-cookie')).toMatch(/^__Host-sid=/);
  expect(await store.count?.()).toBe(1);
});
