import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  type OstroRequest,
  type OstroResponse,
  type OstroSession,
  session,
  verifyCsrfToken,
} from '../../src/dialects/ostro.js';
import { listen } from '../adapters/reply.js';
import { browse, start } from './ostro-app.js';
import { openWebSocket } from './web-socket.js';

type Data = Record<string, unknown>;
type Session = OstroSession<Data>;

/** What applications and engine.io give middleware on an upgrade. */
const RESPONSES: readonly [string, (request: IncomingMessage) => object][] = [
  ['an empty object', () => ({})],
  ['one with few methods', () => ({ setHeader: () => undefined, writeHead: () => undefined })],
  ['a ServerResponse without a socket', (request) => new ServerResponse(request)],
];

test.each(RESPONSES)(
  'an upgrade has its session, and save stores what a message put: the response is %s',
  async (_name, responseTo) => {
    const middleware = start();
    const verify = verifyCsrfToken();
    const app = express();
    app.use(middleware, verify);
    app.get('/', (request, response) => {
      const session = request.session as unknown as Session;
      response.json(session.increment('views'));
    });
    const http = createServer(app);
    const given: object[] = [];
    const sockets = new WebSocketServer({ noServer: true });
    http.on('upgrade', (upgrade, socket, head) => {
      const request = upgrade as unknown as OstroRequest;
      const response = responseTo(upgrade) as OstroResponse;
      void middleware(request, response, (error) => {
        if (error) socket.destroy();
        else verify(request, response, accept);
      });

      function accept(error?: unknown): void {
        given.push(response);
        if (error) socket.destroy();
        else sockets.handleUpgrade(upgrade, socket, head, (client) => client.on('message', answer));
      }
      async function answer(this: { send(text: string): void }): Promise<void> {
        const present = (upgrade as unknown as { session: Session }).session;
        present.increment('views', 10);
        await present.save();
        this.send(String(present.get('views')));
      }
    });
    const { origin, stop } = await listen(http);
    onTestFinished(stop);
    const get = (cookie = ''): Promise<Response> => fetch(origin, { headers: { cookie } });
    const cookie = (await get()).headers
      .getSetCookie()
      .map((text) => text.split(';')[0])
      .join('; ');

    const socket = await openWebSocket(origin, { cookie });
    for (const response of given)
      if (!(response instanceof ServerResponse))
        expect(Object.getOwnPropertySymbols(response)).toEqual([]);
    expect(given).toHaveLength(1);
    expect(await socket.ask('go')).toBe('11');
    await socket.close();
    expect(await (await get(cookie)).json()).toBe(12);
  },
);

test('mounted twice it is one session: the second is skipped', async () => {
  const middleware = start();
  const app = express();
  const sessions: unknown[] = [];
  app.use(middleware, (request, _response, next) => {
    const present = request.session as unknown as Session;
    sessions.push(present);
    present.flash('first', 1);
    next();
  });
  app.use(middleware, (request, response) => {
    const present = request.session as unknown as Session;
    sessions.push(present, session());
    present.flash('second', 2);
    present.flashOnly('second');
    response.json(present.all());
  });
  const client = await browse(app);
  const response = await client.get('/');
  const [first, ...others] = sessions;
  for (const other of others) expect(other).toBe(first);
  expect(await response.json()).toEqual({ second: 2 });
  expect(response.headers.getSetCookie()).toHaveLength(1);
});
