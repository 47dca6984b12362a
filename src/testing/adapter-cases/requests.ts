import assert from 'node:assert/strict';
import { session as globalSession } from '../../core/context.js';
import { isSessionError } from '../../core/errors.js';
import {
  type CaseDefinition,
  chunks,
  hasStatus,
  type Route,
  type SuiteReply,
  setsNoCookie,
  signal,
  textOf,
  within,
} from './case.js';

const PAGE: Route = () => ({ body: 'page' });
const SHOW: Route = (session) => ({ body: session.get('note', 'none') });
const NOTE: Route = (session) => {
  session.set('note', 'kept');
  return { body: 'stored' };
};

/** What a request that changes its session costs and leaves behind: stored before the answer. */
export const REQUEST_CASES: readonly CaseDefinition[] = [
  {
    id: 'write/kept',
    title:
      'what one request writes the next one reads; each change is stored once, and the cookie sent once',
    run: async ({ serve, store }) => {
      const client = await serve({
        '/': (session) => ({ body: String(session.get('views', 0)) }),
        '/count': (session) => ({ body: String(session.increment('views')) }),
      });
      const first = await client.post('/count');
      assert.equal(await textOf(first), '1');
      assert.equal(first.headers.getSetCookie().length, 1);
      const second = await client.post('/count');
      assert.equal(await textOf(second), '2');
      setsNoCookie(second);
      assert.equal(await textOf(await client.get('/')), '2');
      assert.equal(await textOf(await client.clone().get('/')), '2');
      assert.deepEqual(store.calls, ['create', 'read', 'update', 'read', 'read']);
    },
  },
  ...Object.entries({
    text: { body: 'page' },
    redirect: { status: 303, headers: [['Location', '/next']] },
    empty: { status: 204 },
    error: { status: 404, body: 'no such page' },
    stream: { body: undefined },
  } satisfies Record<string, Partial<SuiteReply>>).map(
    ([kind, reply]): CaseDefinition => ({
      id: `write/held-${kind}`,
      title: `F-26: nothing of a response leaves before its session is stored (${kind})`,
      run: async ({ serve, store }) => {
        const client = await serve({
          '/': PAGE,
          '/set': (session) => {
            session.set('note', 'kept');
            return kind === 'stream' ? { body: chunks(['a', 'b']) } : reply;
          },
        });
        const release = store.hold('create');
        let isAnswered = false;
        const answer = client.post('/set').finally(() => {
          isAnswered = true;
        });
        try {
          await within(store.called('create'), 'the session was not stored');
          for (let other = 0; other < 3; other++) await textOf(await client.clone().get('/'));
          assert.equal(isAnswered, false, 'the response began while its session was not stored');
        } finally {
          release();
          await answer.catch(() => undefined);
        }
        const response = hasStatus(await answer, 'status' in reply ? reply.status : 200);
        assert.equal(
          await response.text(),
          kind === 'stream' ? 'ab' : 'body' in reply ? (reply.body ?? '') : '',
        );
        assert.equal(response.headers.get('location'), kind === 'redirect' ? '/next' : null);
        assert.equal(client.cookies.list().length, 1);
        assert.deepEqual(store.calls, ['create']);
      },
    }),
  ),
  {
    id: 'write/no-body',
    title: 'responses without a body are stored and carry the cookie: HEAD, 204, 304',
    run: async ({ serve }) => {
      const reply = (status: number, body?: string): Route => {
        return (session) => {
          session.set('note', String(status));
          return { status, body };
        };
      };
      const client = await serve({
        '/': SHOW,
        '/200': reply(200, 'page'),
        '/204': reply(204),
        '/304': reply(304),
      });
      for (const [method, status] of [
        ['HEAD', 200],
        ['GET', 204],
        ['GET', 304],
      ] as const) {
        client.cookies.clear();
        const response = hasStatus(await client.request(`/${status}`, { method }), status);
        assert.equal(await response.text(), '');
        assert.equal(await textOf(await client.get('/')), String(status));
      }
    },
  },
  {
    id: 'write/error-status',
    title: 'the session is stored with the response whatever its status',
    run: async ({ serve }) => {
      const routes: Record<string, Route> = { '/': SHOW };
      for (const status of [400, 404, 500]) {
        routes[`/${status}`] = (session) => {
          session.set('note', String(status));
          return { status, body: 'an error page' };
        };
      }
      const client = await serve(routes);
      for (const status of [400, 404, 500]) {
        assert.equal(
          await hasStatus(await client.post(`/${status}`), status).text(),
          'an error page',
        );
        assert.equal(await textOf(await client.get('/')), String(status));
      }
    },
  },
  {
    id: 'write/throw',
    title: 'the session is stored with the error page when the handler throws',
    run: async ({ serve, store }) => {
      const client = await serve({
        '/': SHOW,
        '/throw': async (session) => {
          session.set('note', 'before the error');
          throw new Error('thrown by a handler of the suite');
        },
      });
      await hasStatus(await client.post('/throw'), 500).text();
      assert.equal(await textOf(await client.get('/')), 'before the error');
      assert.equal(store.times('create', 'update'), 1);
    },
  },
  {
    id: 'write/shared-error',
    title: 'an error that requests share carries the cookie of one visitor to no other',
    run: async ({ serve }) => {
      const shared = new Error('thrown by a handler of the suite');
      const client = await serve({
        '/write': (session) => {
          session.set('note', 'before the error');
          throw shared;
        },
        '/other': () => {
          throw shared;
        },
      });
      const stranger = client.clone();
      const response = hasStatus(await client.post('/write'), 500);
      await response.text();
      assert.equal(response.headers.getSetCookie().length, 1);
      const other = hasStatus(await stranger.get('/other'), 500);
      await other.text();
      setsNoCookie(other);
    },
  },
  {
    id: 'write/thrown-answer',
    title: 'a response that is thrown is an answer: the session is stored and the cookie sent',
    run: async ({ serve, store }) => {
      const client = await serve({
        '/': SHOW,
        '/throw': (session) => {
          session.set('note', 'before the redirect');
          return { status: 303, headers: [['Location', '/']], isThrown: true };
        },
      });
      const response = hasStatus(await client.post('/throw'), 303);
      await response.text();
      assert.equal(response.headers.get('location'), '/');
      assert.equal(response.headers.getSetCookie().length, 1);
      assert.equal(await textOf(await client.get('/')), 'before the redirect');
      assert.deepEqual(store.calls, ['create', 'read']);
    },
  },
  {
    id: 'write/parallel',
    title: 'requests of one browser that run at once keep all their changes',
    run: async ({ serve }) => {
      const names = Array.from({ length: 8 }, (_, index) => `key${index}`);
      const arrived = signal();
      let count = 0;
      const routes: Record<string, Route> = {
        '/note': NOTE,
        '/': (session) => ({ body: JSON.stringify(session.all()) }),
      };
      for (const name of names) {
        routes[`/${name}`] = async (session) => {
          if (++count === names.length) arrived.send();
          await arrived.promise;
          session.set(['keys', name], 1).increment('views');
          return {};
        };
      }
      const client = await serve(routes);
      await textOf(await client.post('/note'));
      await Promise.all(names.map(async (name) => textOf(await client.post(`/${name}`))));
      assert.deepEqual(JSON.parse(await textOf(await client.get('/'))), {
        note: 'kept',
        views: names.length,
        keys: Object.fromEntries(names.map((name) => [name, 1])),
      });
    },
  },
  {
    id: 'context/current',
    title:
      'current(), present() and session() give the session of the request they are called in, and nothing outside of one',
    run: async ({ serve, sessions }) => {
      const bothArrived = signal();
      let count = 0;
      const client = await serve({
        '/': async (session) => {
          session.set('note', 'mine');
          if (++count === 2) bothArrived.send();
          await bothArrived.promise;
          assert.equal(sessions().current(), session);
          assert.equal(sessions().present(), session);
          assert.equal(globalSession(), session);
          return { body: session.id };
        },
      });
      const ids = await Promise.all(
        [client.clone(), client.clone()].map(async (browser) => textOf(await browser.get('/'))),
      );
      assert.equal(new Set(ids).size, 2);
      assert.equal(sessions().present(), undefined);
      assert.throws(
        () => sessions().current(),
        (error) => isSessionError(error, 'no-session'),
      );
    },
  },
];
