// Run by Bun: the suite for adapters over Elysia's own server, and the upgrade to a WebSocket. The
// last line is the result as JSON.
import { once } from 'node:events';
import { Elysia } from 'elysia';
import { elysiaSession } from '../../src/adapters/elysia.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { adapterCases } from '../../src/testing/adapter-suite.js';
import { runCases } from '../runtimes/programs/run-cases.js';
import { elysiaApp } from './elysia-app.js';

const hostname = '127.0.0.1';

const cases = adapterCases({
  start: async (context) => {
    const app = new Elysia().use(elysiaApp(context)).listen({ port: 0, hostname });
    return {
      origin: `http://${hostname}:${app.server?.port}`,
      stop: async () => void app.server?.stop(true),
    };
  },
});

const sessions = createSessions<{ views: number }>({ store: memoryStore() });
const app = new Elysia()
  .use(elysiaSession(sessions))
  .ws('/', {
    beforeHandle: ({ session }) => void session.set('views', 1),
    open: (socket) => void socket.send(`open ${socket.data.session.get('views')}`),
  })
  .listen({ port: 0, hostname });
const socket = new WebSocket(`ws://${hostname}:${app.server?.port}/`);
const [{ data }] = (await once(socket as never, 'message')) as [{ data: string }];
socket.close();

console.log(JSON.stringify({ ...(await runCases(cases)), data, count: await sessions.count() }));
process.exit();
