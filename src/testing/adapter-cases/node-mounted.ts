import assert from 'node:assert/strict';
import { hasStatus, textOf } from './case.js';
import { type NodeCaseDefinition, textWithCookie } from './node-case.js';

/** An adapter that is twice in the way of a request. */
export const MOUNTED_CASES: readonly NodeCaseDefinition[] = [
  {
    id: 'mounted/twice',
    title: 'an adapter that is mounted twice gives one session and one cookie',
    run: async ({ serve, store, sessions }) => {
      const { client } = await serve({
        between: ({ url }, _response, session) => url !== '/read' && session.increment('views'),
        handle: ({ url }, response, session) => {
          if (url !== '/read') session.set('note', 'kept');
          assert.equal(sessions.current(), session);
          response.end(JSON.stringify(session.all()));
        },
      });
      const both = '{"views":1,"note":"kept"}';
      assert.equal(await textWithCookie(await client.get('/')), both);
      store.calls.length = 0;
      assert.equal(await textOf(await client.get('/read')), both);
      assert.deepEqual(store.calls, ['read']);
      assert.equal(await store.count(), 1);
    },
  },
  {
    id: 'mounted/lost',
    title: 'an answer that is lost under an adapter mounted twice is an error once',
    run: async ({ serve, store }) => {
      let errors = 0;
      const { client } = await serve({
        between: (_request, _response, session) => session.increment('views'),
        handle: (_request, response, session) => {
          session.set('note', 'kept');
          response.end('lost');
        },
        onError: (_error, _request, response) => {
          errors++;
          response.end('error page');
        },
      });
      store.fail('create');
      assert.equal(await hasStatus(await client.get('/'), 503).text(), 'error page');
      assert.equal(errors, 1);
      assert.equal(store.times('create'), 1);
    },
  },
];
