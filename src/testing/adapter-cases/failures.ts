import assert from 'node:assert/strict';
import { isSessionError } from '../../core/errors.js';
import { newcomers } from '../../newcomers/index.js';
import {
  type CaseDefinition,
  chunks,
  hasStatus,
  type Route,
  setsNoCookie,
  signal,
  textOf,
  within,
} from './case.js';

const NOTE: Route = (session) => {
  session.set('note', 'first');
  return { body: 'stored' };
};
const SHOW: Route = (session) => ({ body: session.get('note', 'none') });

/** What is lost when the session is: none of these may leave. */
const LOST: [string, string][] = [
  ['Location', '/welcome'],
  ['Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  ['X-Secret', 'of the lost page'],
  ['Set-Cookie', 'welcome=1'],
];

const CHANGE: Readonly<Record<string, Route>> = {
  '/text': (session) => {
    session.set('note', 'second');
    return {
      headers: [...LOST, ['Content-Length', '13'], ['Cache-Control', 'public']],
      body: 'the lost page',
    };
  },
  '/redirect': (session) => {
    session.set('note', 'second');
    return { status: 302, headers: LOST };
  },
  '/stream': (session) => {
    session.set('note', 'second');
    return { headers: LOST, body: chunks(Array.from({ length: 100 }, () => 'the lost page')) };
  },
  '/thrown-answer': (session) => {
    session.set('note', 'second');
    return { status: 302, headers: LOST, isThrown: true };
  },
  '/login': async (session) => {
    await session.login('alice');
    return { headers: LOST, body: 'the lost page' };
  },
  '/login-later': (session) => {
    void session.login('alice');
    return { headers: LOST, body: 'the lost page' };
  },
};

/** What happens when the store fails. */
export const FAILURE_CASES: readonly CaseDefinition[] = [
  {
    id: 'failure/too-many-newcomers',
    title: 'V-23: a new session above the budget is answered with 429 and when to try again',
    run: async ({ serve, store }) => {
      const routes = { '/': SHOW, '/save': NOTE };
      const client = await serve(routes, {
        newcomers: newcomers({ total: { max: 1, per: '30s' } }),
      });
      await textOf(await client.clone().post('/save'));
      assert.equal(await textOf(await client.get('/')), 'none');
      const response = hasStatus(await client.post('/save'), 429);
      await response.text();
      assert.equal(response.headers.get('retry-after'), '30');
      setsNoCookie(response);
      assert.equal(await store.count(), 1);
    },
  },
  ...Object.keys(CHANGE).map(
    (path): CaseDefinition => ({
      id: `failure${path}`,
      title:
        'F-29: a session that cannot be stored fails its request with 503 and no-store, and nothing of the lost response leaves',
      run: async ({ serve, store }) => {
        const client = await serve({ '/': SHOW, '/note': NOTE, ...CHANGE });
        for (const isNew of [true, false]) {
          if (!isNew) await textOf(await client.post('/note'));
          store.calls.length = 0;
          store.fail('create', 'update');
          const response = hasStatus(await client.post(path), 503);
          assert.ok(!(await response.text()).includes('lost'), 'the lost page was sent');
          for (const [name] of LOST)
            assert.equal(response.headers.get(name), null, `${name} was sent`);
          setsNoCookie(response);
          assert.equal(response.headers.get('cache-control'), 'no-store');
          assert.equal(store.times('create', 'update'), 1, 'it was tried more than once');
          store.heal();
          assert.equal(await textOf(await client.get('/')), isNew ? 'none' : 'first');
        }
      },
    }),
  ),
  {
    id: 'failure/source',
    title: 'the chunks of a lost response are ended, or taken to their end',
    run: async ({ serve, store }) => {
      const ended = signal();
      const client = await serve({
        '/': (session) => {
          session.set('note', 'second');
          return { body: longBody(ended.send) };
        },
      });
      store.fail('create');
      await hasStatus(await client.get('/'), 503).text();
      await within(ended.promise, 'the chunks of the lost response were not ended');
    },
  },
  {
    id: 'failure/read',
    title:
      'V-24: a session that cannot be read fails its request with 503, and no handler is called',
    run: async ({ serve, store }) => {
      let calls = 0;
      const client = await serve({
        '/note': NOTE,
        '/': () => {
          calls++;
          return { body: 'page' };
        },
      });
      await textOf(await client.post('/note'));
      store.fail('read');
      const response = hasStatus(await client.get('/'), 503);
      await response.text();
      setsNoCookie(response);
      assert.equal(calls, 0);
      assert.equal(await textOf(await createStranger(client).get('/')), 'page');
      store.heal();
      assert.equal(await textOf(await client.get('/')), 'page');
    },
  },
  {
    id: 'failure/anonymous',
    title:
      "V-24: with onStoreError: 'anonymous' the page is served, with an empty session that cannot be changed",
    run: async ({ serve, store }) => {
      const client = await serve(
        {
          '/': (session) => ({ body: `${session.isReadOnly} ${session.get('note', 'none')}` }),
          '/note': NOTE,
          '/change': (session) => {
            try {
              session.set('note', 'second');
            } catch (error) {
              return { body: isSessionError(error) ? error.code : 'another error' };
            }
            return {};
          },
        },
        { onStoreError: 'anonymous' },
      );
      await textOf(await client.post('/note'));
      store.fail('read');
      const response = await client.get('/');
      assert.equal(await textOf(response), 'true none');
      setsNoCookie(response);
      assert.equal(await textOf(await client.post('/change')), 'read-only');
      store.heal();
      assert.equal(await textOf(await client.get('/')), 'false first');
    },
  },
  {
    id: 'failure/thrown',
    title:
      'an error that carries a status and is thrown by the handler is answered with it: 503 for a store that fails',
    run: async ({ serve, store }) => {
      const client = await serve({
        '/save': async (session) => {
          session.set('note', 'second');
          await session.save();
          return { body: 'stored' };
        },
      });
      store.fail('create');
      await hasStatus(await client.post('/save'), 503).text();
      store.heal();
      assert.equal(await textOf(await client.post('/save')), 'stored');
    },
  },
];

/** Not a generator: one that was not begun ends without a sign. */
function longBody(onEnd: () => void): AsyncIterable<Uint8Array> {
  const texts = Array.from({ length: 1000 }, () => 'the lost page'.repeat(100));
  const inner = chunks(texts);
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = await inner.next();
        if (result.done) onEnd();
        return result;
      },
      async return() {
        onEnd();
        return { done: true, value: undefined };
      },
    }),
  };
}

function createStranger(client: {
  clone(): { cookies: { clear(): void }; get(path: string): Promise<Response> };
}): {
  get(path: string): Promise<Response>;
} {
  const stranger = client.clone();
  stranger.cookies.clear();
  return stranger;
}
