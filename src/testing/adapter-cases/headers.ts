import assert from 'node:assert/strict';
import { type CaseDefinition, type Route, textOf, varyOf } from './case.js';

const writing =
  (...headers: [string, string][]): Route =>
  (session) => {
    session.increment('views');
    return { headers, body: 'page' };
  };

/** What happens to the headers of the handler's own. */
export const HEADER_CASES: readonly CaseDefinition[] = [
  {
    id: 'headers/cookies',
    title: "S-24: the handler's own cookies stay, each in a header of its own",
    run: async ({ serve }) => {
      const own = ['theme=dark; Path=/', 'until=now; Expires=Thu, 01 Jan 2026 00:00:00 GMT'];
      const client = await serve({
        '/': writing(...own.map((value): [string, string] => ['Set-Cookie', value])),
      });
      const response = await client.get('/');
      await textOf(response);
      const cookies = response.headers.getSetCookie();
      assert.equal(cookies.length, 3);
      for (const cookie of own) assert.ok(cookies.includes(cookie), `${cookie} is lost`);
    },
  },
  {
    id: 'headers/vary',
    title: "the handler's own Vary is added to, not replaced",
    run: async ({ serve }) => {
      const client = await serve({
        '/one': writing(['Vary', 'Accept-Encoding']),
        '/two': writing(['Vary', 'Accept'], ['Vary', 'Origin']),
        '/cookie': writing(['Vary', 'cookie']),
        '/any': writing(['Vary', '*']),
      });
      const varyAt = async (path: string): Promise<string[]> => {
        const response = await client.get(path);
        await textOf(response);
        return varyOf(response);
      };
      assert.deepEqual(await varyAt('/one'), ['accept-encoding', 'cookie']);
      assert.deepEqual(await varyAt('/two'), ['accept', 'origin', 'cookie']);
      assert.deepEqual(await varyAt('/cookie'), ['cookie']);
      assert.deepEqual(await varyAt('/any'), ['*']);
    },
  },
  {
    id: 'headers/cache-control',
    title:
      'S-30: what carries a cookie is not kept by shared caches; answers for which a session was read are private; the handler’s own rule stays',
    run: async ({ serve }) => {
      const client = await serve({
        '/none': writing(),
        '/public': writing(['Cache-Control', 'public, max-age=60']),
        '/private': writing(['Cache-Control', 'private, max-age=60']),
      });
      const cacheControlAt = async (path: string): Promise<string | null> => {
        const response = await client.get(path);
        await textOf(response);
        return response.headers.get('cache-control');
      };
      const expected = {
        '/none': 'no-store',
        '/public': 'no-store',
        '/private': 'private, max-age=60',
      };
      for (const [path, value] of Object.entries(expected)) {
        client.cookies.clear();
        assert.equal(await cacheControlAt(path), value);
      }
      assert.equal(await cacheControlAt('/none'), 'private, no-cache');
      assert.equal(await cacheControlAt('/public'), 'public, max-age=60');
    },
  },
  {
    id: 'headers/others',
    title: 'all other headers arrive as the handler set them, also those that come twice',
    run: async ({ serve }) => {
      const link: [string, string][] = [
        ['Link', '</a.css>; rel=preload'],
        ['Link', '</b.css>; rel=preload'],
      ];
      const client = await serve({
        '/': writing(['Content-Type', 'text/x-note'], ['X-Empty', ''], ['ETag', '"1"'], ...link),
      });
      const { headers } = await client.get('/');
      assert.equal(headers.get('content-type'), 'text/x-note');
      assert.equal(headers.get('x-empty'), '');
      assert.equal(headers.get('etag'), '"1"');
      assert.equal(headers.get('link'), '</a.css>; rel=preload, </b.css>; rel=preload');
    },
  },
];
