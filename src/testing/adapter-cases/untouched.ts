import assert from 'node:assert/strict';
import { type CaseDefinition, type Route, setsNoCookie, textOf, varyOf } from './case.js';

const PAGE: Route = () => ({ body: 'page' });
const SHOW: Route = (session) => ({ body: session.get('note', 'none') });
const NOTE: Route = (session) => {
  session.set('note', 'kept');
  return { body: 'stored' };
};

/** What a request costs and leaves behind that does not change its session: nothing. */
export const UNTOUCHED_CASES: readonly CaseDefinition[] = [
  {
    id: 'untouched/anonymous',
    title:
      'S-10: a request that does not use its session asks nothing of the store and adds no header',
    run: async ({ serve, store }) => {
      const client = await serve({ '/': PAGE });
      const response = await client.get('/');
      assert.equal(await textOf(response), 'page');
      addsNothing(response);
      assert.deepEqual(store.calls, []);
    },
  },
  {
    id: 'untouched/session',
    title: 'a session that a request does not use is read and nothing else',
    run: async ({ serve, store }) => {
      const client = await serve({ '/': PAGE, '/note': NOTE });
      await textOf(await client.post('/note'));
      store.calls.length = 0;
      const response = await client.get('/');
      assert.equal(await textOf(response), 'page');
      addsNothing(response);
      assert.deepEqual(store.calls, ['read']);
    },
  },
  {
    id: 'untouched/malformed',
    title:
      'V-25, S-03: no Cookie header makes a request fail, and a malformed token is not looked up',
    run: async ({ serve, store }) => {
      const client = await serve({ '/': SHOW });
      for (const cookie of [
        '__Host-sid=',
        '__Host-sid=%',
        '__Host-sid="x"',
        '=;;=__Host-sid',
        '__Host-sid=a; __Host-sid=b',
        '\u00ff=\u00ff',
      ]) {
        const response = await client.get('/', { headers: { cookie } });
        assert.equal(await textOf(response), 'none');
        setsNoCookie(response);
      }
      assert.deepEqual(store.calls, []);
    },
  },
  {
    id: 'untouched/unknown',
    title: 'S-02: a token that the server did not make is not adopted',
    run: async ({ serve, store }) => {
      const client = await serve({ '/': SHOW, '/note': NOTE });
      await textOf(await client.post('/note'));
      const [name = ''] = client.cookies.list().map((cookie) => cookie.name);
      const token = 'A'.repeat(client.cookies.get(name)?.length ?? 0);
      const stranger = client.clone();
      stranger.cookies.clear();
      store.calls.length = 0;
      const headers = { cookie: `${name}=${token}` };
      const response = await stranger.get('/', { headers });
      assert.equal(await textOf(response), 'none');
      setsNoCookie(response);
      assert.equal(store.times('create', 'update', 'touch'), 0);
      await textOf(await stranger.post('/note', { headers }));
      assert.notEqual(stranger.cookies.get(name), token);
    },
  },
  {
    id: 'read/vary',
    title: 'S-30, S-11: a request that only reads sends Vary, stores nothing and sends no cookie',
    run: async ({ serve, store }) => {
      const client = await serve({ '/': SHOW });
      const response = await client.get('/');
      assert.equal(await textOf(response), 'none');
      setsNoCookie(response);
      assert.deepEqual(varyOf(response), ['cookie']);
      assert.deepEqual(store.calls, []);
    },
  },
];

function addsNothing(response: Response): void {
  setsNoCookie(response);
  assert.deepEqual(varyOf(response), []);
  assert.equal(response.headers.get('cache-control'), null);
}
