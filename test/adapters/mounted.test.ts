import type { Server } from 'node:http';
import express from 'express';
import express4 from 'express4';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';
import { listen } from './reply.js';

interface Data {
  views: number;
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('%s with mounted applications', (_name, framework) => {
  async function clientOf(app: ReturnType<typeof express>) {
    const server = await listen(app as unknown as Parameters<typeof listen>[0] & Server);
    onTestFinished(server.stop);
    return createClient(server);
  }

  test.each(['parent', 'child'])(
    'sessions of the %s application are stored wherever the answer is given',
    async (owner) => {
      const sessions = createSessions<Data>({ store: memoryStore() });
      const parent = framework();
      const child = framework();
      (owner === 'parent' ? parent : child).use(sessionMiddleware(sessions));
      child.get('/here', (_request, response) => {
        response.send(`${sessions.current().increment('views')}`);
      });
      child.get('/there', (_request, _response, next) => {
        sessions.current().increment('views');
        next();
      });
      parent.use('/child', child);
      parent.use((_request, response) => {
        response.send(`${sessions.current().get('views')}`);
      });
      const client = await clientOf(parent);
      for (const [path, views] of [
        ['/child/here', '1'],
        ['/child/there', '2'],
        ['/child/here', '3'],
        ['/child/there', '4'],
      ] as const) {
        expect(await (await client.get(path)).text()).toBe(views);
      }
    },
  );

  test('two sessions of one response are both stored, each with its cookie', async () => {
    const visitors = createSessions<Data>({ store: memoryStore() });
    const staff = createSessions<Data>({ store: memoryStore(), cookie: { name: '__Host-staff' } });
    const app = framework();
    app.use(sessionMiddleware(visitors));
    app.use(sessionMiddleware(staff));
    app.use((_request, response) => {
      response.send(
        `${visitors.current().increment('views')} ${staff.current().increment('views', 10)}`,
      );
    });
    const client = await clientOf(app);
    const first = await client.get('/');
    expect(first.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual([
      '__Host-sid',
      '__Host-staff',
    ]);
    expect(await first.text()).toBe('1 10');
    expect(await (await client.get('/')).text()).toBe('2 20');
  });
});
