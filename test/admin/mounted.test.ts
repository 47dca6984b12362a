import { createServer, type RequestListener, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler } from 'express';
import express5 from 'express';
import express4 from 'express4';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sessionMiddleware } from '../../src/adapters/express.js';
import { createAdmin } from '../../src/admin/index.js';
import { createSessions } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';
import { dashboard, OPERATOR } from './dashboard.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PAGE = { ...OPERATOR, accept: 'text/html' };

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each([
  ['node:http', undefined],
  ['Express 4', express4 as unknown as typeof express5],
  ['Express 5', express5],
])('under %s', (_name, express) => {
  const parsers: [string, (() => RequestHandler) | undefined][] = [['no parser', undefined]];
  if (express !== undefined) {
    parsers.push(['a parser of forms', () => express.urlencoded({ extended: false })]);
    parsers.push(['a parser of JSON', () => express.json()]);
  }

  it.each(parsers)('the list, a form and a file work, with %s in front', async (_parser, parse) => {
    const { admin, visit, sessions } = dashboard(memoryStore());
    const mounted = (): RequestListener => {
      if (express === undefined)
        return (request, response) => void admin.listener(request, response);
      const app = express();
      if (parse !== undefined) app.use(parse());
      return app.use('/admin', admin.listener) as unknown as RequestListener;
    };
    const url = await serving(mounted());
    await visit({ userId: 'ada' });
    await visit({ userId: 'bob' });

    expect(await (await fetch(`${url}/admin/sessions`)).text()).toBe('Forbidden\n');
    const list = await fetch(`${url}/admin/sessions`, { headers: PAGE });
    expect(list.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await list.text()).toContain('href="/admin/users/ada"');
    const style = await fetch(`${url}/admin/dashboard.css`, { headers: OPERATOR });
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');

    for (const [type, body] of [
      [FORM['content-type'], 'user=ada&dryRun=false'],
      ['application/json', '{"user":"bob","dryRun":false}'],
    ]) {
      const headers = { ...OPERATOR, 'content-type': String(type) };
      const answer = await fetch(`${url}/admin/end`, {
        method: 'POST',
        headers,
        body: String(body),
      });
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { dryRun: false, matched: 1, ended: 1 },
      ]);
    }
    expect(await sessions.count()).toBe(0);
  });

  it('a stream ends with its client', async () => {
    const { admin } = dashboard(memoryStore());
    const mounted =
      express === undefined
        ? (((request, response) =>
            void admin.listener(request, response)) satisfies RequestListener)
        : express().use('/admin', admin.listener);
    const url = await serving(mounted as RequestListener);
    for (let n = 0; n < 60; n++) {
      const leaving = new AbortController();
      const headers = OPERATOR;
      const answer = await fetch(`${url}/admin/live`, { headers, signal: leaving.signal });
      // 50 may be open at once: the others have been let go.
      if (answer.status === 503) n--;
      leaving.abort();
    }
  });

  it('what is no request of the web is refused', async () => {
    const { admin } = dashboard(memoryStore());
    const url = await serving((request, response) => void admin.listener(request, response));
    const answered = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((done, fail) => {
        send(`${url}/admin/sessions`, { headers }, (response) => {
          response.resume();
          done(response.statusCode);
        })
          .on('error', fail)
          .end();
      });
    expect(await answered({ host: 'a b' })).toBe(400);
    expect(await answered({ host: 'user@evil' })).toBe(400);
    expect(await answered({ host: 'shop.example' })).toBe(403);
  });
});

it('behind sessions: whoever is logged in as an operator gets in, and may end the own session', async () => {
  const sessions = createSessions<{ role: string }>({
    store: memoryStore(),
    cookie: { secure: false },
  });
  const admin = createAdmin(sessions, {
    basePath: '/admin',
    authorize: () => {
      const session = sessions.current();
      return session.get('role') === 'operator' ? session.userId : undefined;
    },
  });
  const app = express5();
  app.use(sessionMiddleware(sessions));
  app.post('/login/:role', async (request, response) => {
    const session = sessions.of(request);
    await session.login('grace');
    session.set('role', request.params.role);
    response.send('in');
  });
  app.use('/admin', admin.listener);
  const url = await serving(app as unknown as RequestListener);
  const operator = createClient({ origin: url });
  expect((await operator.get('/admin/sessions')).status).toBe(403);
  await operator.post('/login/visitor');
  expect((await operator.get('/admin/sessions')).status).toBe(403);
  await operator.post('/login/operator');
  const { sessions: found } = (await (await operator.get('/admin/sessions')).json()) as {
    sessions: { id: string }[];
  };
  expect(found).toHaveLength(1);
  const ended = await operator.request(`/admin/sessions/${found[0]?.id}`, {
    method: 'DELETE',
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(ended.status).toBe(200);
  expect((await operator.get('/admin/sessions')).status).toBe(403);
  await admin.close();
});
