import assert from 'node:assert/strict';
import { isSessionError } from '../../core/errors.js';
import type { Session } from '../../core/session.js';
import type { Sessions } from '../../core/sessions.js';
import { type SuiteData, textOf } from './case.js';
import { type NodeCaseDefinition, textWithCookie } from './node-case.js';

/** What is opened, or stored, more than once in one request. */
export const NESTED_CASES: readonly NodeCaseDefinition[] = [
  {
    id: 'nested/mounted',
    title: 'an adapter that is twice in the way of a request gives one session and one cookie',
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
      assert.equal(await textOf(await client.get('/read')), both);
      assert.equal(await store.count(), 1);
    },
  },
  {
    id: 'nested/open',
    title: 'a session that the handler opens for its own request is the one that it has',
    run: async ({ serve, store, sessions }) => {
      const { client } = await serve({
        handle: async ({ url, headers }, response, session) => {
          if (url !== '/read') {
            session.increment('views');
            const nested = await sessions.open(headers);
            nested.set('note', 'kept');
            await sessions.commit(nested);
          }
          response.end(JSON.stringify(session.all()));
        },
      });
      const both = '{"views":1,"note":"kept"}';
      assert.equal(await textWithCookie(await client.get('/')), both);
      assert.equal(await textOf(await client.get('/read')), both);
      assert.equal(await store.count(), 1);
    },
  },
  {
    id: 'nested/two-commits',
    title: 'a session that the handler committed is stored once, and its cookie sent once',
    run: async ({ serve, store, sessions }) => {
      const { client } = await serve({
        handle: async (_request, response, session) => {
          session.set('note', 'kept');
          await sessions.commit(session);
          response.end('page');
        },
      });
      assert.equal(await textWithCookie(await client.get('/')), 'page');
      assert.deepEqual(store.calls, ['create']);
    },
  },
  {
    id: 'nested/read-only',
    title: 'a session that is opened to be read only sends no cookie, and refuses a write',
    run: async ({ serve, store, sessions }) => {
      const codes: unknown[] = [];
      const { client } = await serve({
        handle: async ({ url, headers }, response, session) => {
          if (url === '/note') {
            session.set('note', 'kept');
            return void response.end();
          }
          const reading = await openToRead(sessions, headers);
          const note = reading.get('note');
          try {
            reading.set('note', 'changed');
          } catch (error) {
            if (isSessionError(error)) codes.push(error.code);
          }
          return void response.end(note);
        },
      });
      await textWithCookie(await client.get('/note'));
      const response = await client.get('/');
      assert.equal(await textOf(response), 'kept');
      assert.deepEqual(response.headers.getSetCookie(), []);
      assert.deepEqual(codes, ['read-only']);
      assert.equal(store.times('update', 'touch'), 0);
    },
  },
];

type OpenToRead = (
  headers: object,
  connection: object,
  options: { readOnly: true },
) => Promise<Session<SuiteData>>;

function openToRead(sessions: Sessions<SuiteData>, headers: object): Promise<Session<SuiteData>> {
  const { open } = sessions as unknown as { open: OpenToRead };
  return open(headers, {}, { readOnly: true });
}
