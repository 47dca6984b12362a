import assert from 'node:assert/strict';
import { isSessionError } from '../../core/errors.js';
import type { RequestHeaders } from '../../http/request.js';
import type { Client } from '../client.js';
import { type CaseDefinition, type Route, setsNoCookie, textOf } from './case.js';

const NOTE: Route = (session) => {
  session.set('note', 'kept');
  return {};
};
const SHOW: Route = (session) => ({ body: JSON.stringify(session.all()) });

/** What is opened, or committed, more than once in one request. */
export const NESTED_CASES: readonly CaseDefinition[] = [
  {
    id: 'nested/open',
    title: 'a session that the handler opens for its own request is the one that it has',
    run: async ({ serve, store, sessions }) => {
      const client: Client = await serve({
        '/': SHOW,
        '/nested': async (session) => {
          session.increment('views');
          const nested = await sessions().open(headersOf(client));
          assert.equal(nested.get('views'), session.get('views'));
          nested.set('note', 'kept');
          const { headers } = await sessions().commit(nested);
          assert.deepEqual(headers, []);
          return { body: String(session.get('note')) };
        },
      });
      for (const [views, cookies] of [
        [1, 1],
        [2, 0],
      ] as const) {
        const response = await client.post('/nested');
        assert.equal(await textOf(response), 'kept');
        assert.equal(response.headers.getSetCookie().length, cookies);
        assert.deepEqual(JSON.parse(await textOf(await client.get('/'))), { views, note: 'kept' });
      }
      assert.equal(await store.count(), 1);
    },
  },
  {
    id: 'nested/read-only',
    title: 'a session that is opened for reading refuses a write; the one of the request goes on',
    run: async ({ serve, store, sessions }) => {
      const codes: unknown[] = [];
      const read: Route = async () => {
        const reading = await sessions().open(headersOf(client), {}, { readOnly: true });
        try {
          reading.set('note', 'changed');
        } catch (error) {
          codes.push(isSessionError(error) && error.code);
        }
        const { headers } = await sessions().commit(reading);
        assert.ok(headers.every(([name]) => name !== 'Set-Cookie'));
        return { body: String(reading.get('note')) };
      };
      const client: Client = await serve({
        '/': SHOW,
        '/note': NOTE,
        '/read': read,
        '/both': async (session, request) => {
          session.increment('views');
          return read(session, request);
        },
      });
      await textOf(await client.post('/note'));
      store.calls.length = 0;
      const response = await client.get('/read');
      assert.equal(await textOf(response), 'kept');
      setsNoCookie(response);
      assert.equal(store.times('create', 'update', 'touch'), 0);
      assert.equal(await textOf(await client.post('/both')), 'kept');
      assert.deepEqual(codes, ['read-only', 'read-only']);
      assert.deepEqual(JSON.parse(await textOf(await client.get('/'))), { note: 'kept', views: 1 });
    },
  },
  {
    id: 'nested/committed',
    title: 'a session that the handler committed itself is stored once, and its cookie sent once',
    run: async ({ serve, store, sessions }) => {
      const client = await serve({
        '/': async (session) => {
          session.set('note', 'kept');
          await sessions().commit(session);
          return { body: 'page' };
        },
      });
      const response = await client.get('/');
      assert.equal(await textOf(response), 'page');
      assert.equal(response.headers.getSetCookie().length, 1);
      assert.deepEqual(store.calls, ['create']);
    },
  },
  {
    id: 'nested/two-commits',
    title: 'what is changed after a commit that was not the last is stored by the next one',
    run: async ({ serve, store, sessions }) => {
      const client = await serve({
        '/': SHOW,
        '/twice': async (session) => {
          session.set('note', 'kept');
          await sessions().commit(session, { isLast: false });
          session.increment('views');
          return { body: 'page' };
        },
      });
      const response = await client.post('/twice');
      assert.equal(await textOf(response), 'page');
      assert.equal(response.headers.getSetCookie().length, 1);
      assert.deepEqual(store.calls, ['create', 'update']);
      assert.deepEqual(JSON.parse(await textOf(await client.get('/'))), { note: 'kept', views: 1 });
    },
  },
];

/** The headers that decide which session the requests of this browser have. */
function headersOf({ cookies, origin }: Client): RequestHeaders {
  const url = new URL(origin);
  const cookie = cookies.header(url);
  return { host: url.host, ...(cookie !== undefined && { cookie }) };
}
