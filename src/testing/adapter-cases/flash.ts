import assert from 'node:assert/strict';
import { type CaseDefinition, hasStatus, type Route, type SuiteReply, textOf } from './case.js';

/** Which requests end a flash message. */
export const FLASH_CASES: readonly CaseDefinition[] = [
  {
    id: 'write/flash',
    title: 'flash survives the redirect, and is gone after the page that it leads to',
    run: async ({ serve }) => {
      const client = await serve({
        '/': (session) => ({ body: session.get('status', 'none') }),
        '/save': (session) => {
          session.flash('status', 'Saved');
          return { status: 302, headers: [['Location', '/']] };
        },
      });
      const redirect = hasStatus(await client.post('/save'), 302);
      await redirect.text();
      assert.equal(await textOf(await client.get(redirect.headers.get('location') ?? '')), 'Saved');
      assert.equal(await textOf(await client.get('/')), 'none');
    },
  },
  {
    id: 'write/flash-reaches-its-page',
    title:
      'flash stays until a page shows it: polls, prefetches, redirects and error pages that read it leave it',
    run: async ({ serve }) => {
      const read =
        (reply: Partial<SuiteReply>): Route =>
        (session) => ({ body: session.get('status', 'none'), ...reply });
      const client = await serve({
        '/': read({}),
        '/save': (session) => {
          session.flash('status', 'Saved');
          return {};
        },
        '/hop': read({ status: 302, headers: [['Location', '/']], body: undefined }),
        '/missing': read({ status: 404 }),
        '/broken': (session) => {
          session.get('status');
          throw new Error('thrown by a handler of the suite');
        },
      });
      await textOf(await client.post('/save'));
      const picture = { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' };
      const ahead = { 'sec-purpose': 'prefetch' };
      for (const headers of [picture, ahead])
        assert.equal(await textOf(await client.get('/', { headers })), 'Saved');
      await hasStatus(await client.get('/hop'), 302).text();
      assert.equal(await hasStatus(await client.get('/missing'), 404).text(), 'Saved');
      await hasStatus(await client.get('/broken'), 500).text();
      assert.equal(await textOf(await client.get('/')), 'Saved');
      assert.equal(await textOf(await client.get('/')), 'none');
    },
  },
];
