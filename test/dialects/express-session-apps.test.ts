import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { session as ours } from '../../src/dialects/express-session.js';
import { listen } from '../adapters/reply.js';
import {
  ask,
  cookieOf,
  type ExpressSessionRequest,
  idOf,
  packages,
  quiet,
  serve,
} from './express-session/apps.js';
import { gate } from './gate.js';

/** What applications and their libraries do, beyond the documentation. */
describe.each(packages)('$name', ({ session }) => {
  test('options that are null or empty count as absent', async () => {
    const options = {
      genid: null,
      unset: '',
      store: null,
      name: '',
      cookie: null,
      rolling: null,
      resave: null,
      saveUninitialized: null,
    };
    expect(() => session(null as never)).not.toThrow();
    const store = new session.MemoryStore();
    const app = await serve(
      session,
      { ...quiet, ...options, store } as never,
      ({ session, url }, response) => {
        if (url === '/set') session.views = 1;
        response.end();
      },
    );
    expect((await app.get()).setCookie).toEqual([]);
    const cookie = cookieOf(await app.get('/set'));
    store.set = () => expect.unreachable('null is not the default of resave');
    expect(await app.get('/', { cookie })).toMatchObject({ status: 200, setCookie: [] });
  });

  test('a callback that is null is none', async () => {
    const app = await serve(session, quiet, async (request, response) => {
      request.session.save(null as never);
      request.session.destroy(null as never);
      await new Promise((resolve) => setTimeout(resolve, 10));
      response.end('done');
    });
    expect((await app.get()).text).toBe('done');
  });

  test('a second end of the response is nothing', async () => {
    const app = await serve(session, quiet, (request, response) => {
      request.session.views = 1;
      response.end('first');
      response.end('second');
    });
    expect((await app.get()).text).toBe('first');
  });

  test('a session that was destroyed and is on the request again is not stored', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, async (request, response) => {
      const { session, url } = request;
      if (url === '/set') session.views = 1;
      else {
        await ask((done) => session.destroy(done));
        request.session = session;
      }
      response.end('done');
    });
    const cookie = cookieOf(await app.get('/set'));
    expect(await app.get('/', { cookie })).toMatchObject({
      status: 200,
      text: 'done',
      setCookie: [],
    });
    expect(await ask((done) => store.length(done))).toBe(0);
  });

  test('a session is kept over regenerate by Object.assign', async () => {
    const app = await serve(
      session,
      { ...quiet, cookie: { maxAge: 60_000 } },
      async (request, response) => {
        const { session } = request;
        session.views = (session.views ?? 0) + 1;
        if (request.url === '/login') {
          await ask((done) => session.regenerate(done));
          Object.assign(request.session, session);
        }
        response.end(String(request.session.views));
      },
    );
    const before = cookieOf(await app.get());
    const after = cookieOf(await app.get('/login', { cookie: before }));
    expect(idOf(after)).not.toBe(idOf(before));
    expect((await app.get('/', { cookie: after })).text).toBe('3');
  });

  test('changes while the beginning of the body waits for the store are stored as well', async () => {
    const store = new session.MemoryStore();
    const app = await serve(session, { ...quiet, store }, ({ session, url }, response) => {
      session.views = (session.views ?? 0) + 1;
      if (url !== '/slow') {
        response.end();
        return;
      }
      const stored = gate();
      const { set } = session.req.sessionStore as typeof store;
      store.set = (id, data, done) => {
        const text = JSON.stringify(data);
        void stored.isOpen.then(() => set.call(store, id, JSON.parse(text), done));
      };
      response.write('one, ');
      setTimeout(() => {
        session.late = true;
        response.end('two');
        stored.open();
      }, 20);
    });
    const cookie = cookieOf(await app.get());
    expect((await app.get('/slow', { cookie })).text).toBe('one, two');
    expect(await ask((done) => store.get(idOf(cookie), done))).toMatchObject({
      views: 2,
      late: true,
    });
  });

  test('a WebSocket has the session of its upgrade request, by a response that is an empty object', async () => {
    const middleware = session(quiet);
    const http = createServer((request, response) => {
      middleware(request, response, () => {
        const { session } = request as ExpressSessionRequest;
        session.views = (session.views ?? 0) + 1;
        response.end(String(session.views));
      });
    });
    const sockets = new WebSocketServer({ noServer: true });
    http.on('upgrade', (upgrade, socket, head) => {
      const request = upgrade as ExpressSessionRequest;
      middleware(request, {} as never, (error) => {
        if (error) socket.destroy();
        else
          sockets.handleUpgrade(request, socket, head, (client) => {
            client.on('message', async () => {
              await ask((done) => request.session.reload(done));
              request.session.views += 10;
              await ask((done) => request.session.save(done));
              client.send(String(request.session.views));
            });
          });
      });
    });
    const { origin } = await listen(http);
    const get = async (cookie = '') => fetch(origin, { headers: { cookie } });
    const cookie = (await get()).headers.getSetCookie()[0]?.split(';')[0];
    const client = new WebSocket(origin.replace('http', 'ws'), {
      headers: { cookie: cookie ?? '' },
    });
    onTestFinished(() => client.terminate());
    await new Promise((resolve, reject) => client.on('open', resolve).on('error', reject));
    await get(cookie);
    const answered = new Promise((resolve) =>
      client.on('message', (text) => resolve(String(text))),
    );
    client.send('go');
    expect(await answered).toBe('12');
    expect(await (await get(cookie)).text()).toBe('13');
  });

  test('the response that socket.io makes for a WebSocket is left alone', async () => {
    const middleware = session(quiet);
    const nothing = (): void => undefined;
    const response = {
      setHeader: nothing,
      getHeader: nothing,
      removeHeader: nothing,
      write: nothing,
      writeHead: nothing,
      end: nothing,
    };
    const request = { headers: {}, url: '/', socket: {} } as ExpressSessionRequest;
    expect(
      await new Promise((resolve) => middleware(request, response as never, resolve)),
    ).toBeUndefined();
    response.writeHead();
    expect(request.session.id).toBe(request.sessionID);
  });
});

describe('better than the original', () => {
  test('a session that is copied as JSON and assigned keeps the attributes of its cookie', async () => {
    const app = await serve(ours, quiet, async (request, response) => {
      const copy = JSON.parse(JSON.stringify({ ...request.session, views: 1 }));
      await request.session.regenerate();
      Object.assign(request.session, copy);
      response.end();
    });
    expect((await app.get()).setCookie).toEqual([expect.stringMatching(/; Path=\/; HttpOnly$/)]);
  });

  test('a session that ended meanwhile is no error of stores that fail to touch it', async () => {
    const store = new ours.MemoryStore();
    store.touch = (id, _session, done) =>
      done?.(id in store.sessions ? null : new Error('Unable to find the session to touch'));
    const app = await serve(
      ours,
      { ...quiet, store, rolling: true },
      ({ session, url, sessionID }, response) => {
        if (url === '/set') session.views = 1;
        else delete store.sessions[sessionID];
        response.end('page');
      },
    );
    const cookie = cookieOf(await app.get('/set'));
    expect(await app.get('/', { cookie })).toMatchObject({
      status: 200,
      text: 'page',
      setCookie: [],
    });
  });
});
