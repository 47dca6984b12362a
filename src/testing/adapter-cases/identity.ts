import assert from 'node:assert/strict';
import { type CaseDefinition, type Route, textOf } from './case.js';

const ROUTES: Readonly<Record<string, Route>> = {
  '/': (session) => ({ body: `${session.userId ?? 'nobody'}: ${session.get('note', 'none')}` }),
  '/note': (session) => {
    session.set('note', 'kept');
    return {};
  },
  '/login': async (session) => {
    await session.login('alice');
    return {};
  },
  '/login-later': (session) => {
    void session.login('alice');
    return {};
  },
  '/login-thrown': async (session) => {
    await session.login('alice');
    return { isThrown: true };
  },
  '/logout': async (session) => {
    await session.logout();
    return {};
  },
  '/goodbye': async (session) => {
    await session.logout();
    session.flash('note', 'Goodbye');
    return {};
  },
  '/destroy': async (session) => {
    await session.destroy();
    return {};
  },
};

/** Whose session it is, and how it ends. */
export const IDENTITY_CASES: readonly CaseDefinition[] = [
  ...Object.entries({
    '/login': 'awaited',
    '/login-later': 'not awaited',
    '/login-thrown': 'before an answer that is thrown',
  }).map(
    ([path, kind]): CaseDefinition => ({
      id: `identity${path}`,
      title: `S-12, V-03: a login keeps the data and changes the token; the old one is dead (${kind})`,
      run: async ({ serve }) => {
        const client = await serve(ROUTES);
        await textOf(await client.post('/note'));
        const planted = client.clone();
        await textOf(await client.post(path));
        assert.notDeepEqual(client.cookies.list(), planted.cookies.list());
        assert.equal(await textOf(await client.get('/')), 'alice: kept');
        assert.equal(await textOf(await planted.get('/')), 'nobody: none');
      },
    }),
  ),
  {
    id: 'identity/late',
    title:
      'V-01: a request with the token from before a login stores nothing, and no cookie undoes the login',
    run: async ({ serve, store }) => {
      const client = await serve(ROUTES);
      await textOf(await client.post('/note'));
      const late = client.clone();
      await textOf(await client.post('/login'));
      store.calls.length = 0;
      for (const path of ['/', '/note']) assert.deepEqual(await textAndCookies(late.get(path)), []);
      assert.equal(store.times('create', 'update', 'touch', 'destroy'), 0);
      assert.equal(await textOf(await client.get('/')), 'alice: kept');
    },
  },
  {
    id: 'identity/duplicate',
    title: 'S-14: a request with the tokens of two sessions has neither',
    run: async ({ serve }) => {
      const client = await serve(ROUTES);
      const cookies: string[] = [];
      for (const path of ['/login', '/note']) {
        client.cookies.clear();
        await textOf(await client.post(path));
        cookies.push(client.cookies.list().map(({ name, value }) => `${name}=${value}`)[0] ?? '');
      }
      const [first = '', second = ''] = cookies;
      const seenWith = async (...sent: string[]): Promise<string> =>
        textOf(await client.get('/', { headers: { cookie: sent.join('; ') } }));
      assert.equal(await seenWith(first, second), 'nobody: none');
      assert.equal(await seenWith(second, first), 'nobody: none');
      assert.equal(await seenWith(first), 'alice: none');
    },
  },
  ...['/logout', '/destroy'].map(
    (path): CaseDefinition => ({
      id: `identity${path}`,
      title:
        'S-16, V-26: the end of a session takes the cookie away with the attributes it was set with; a copy of it is worth nothing',
      run: async ({ serve, store }) => {
        const client = await serve(ROUTES);
        const sent = await textAndCookies(client.post('/login'));
        const copy = client.clone();
        const ended = await textAndCookies(client.post(path));
        assert.deepEqual(ended.map(attributesOf), sent.map(attributesOf));
        assert.deepEqual(client.cookies.list(), []);
        assert.equal(await textOf(await copy.get('/')), 'nobody: none');
        assert.equal(await textOf(await client.get('/')), 'nobody: none');
        assert.equal(await store.count(), 0);
      },
    }),
  ),
  {
    id: 'identity/goodbye',
    title: 'a message flashed after the logout reaches the next page, under a new token',
    run: async ({ serve }) => {
      const client = await serve(ROUTES);
      await textOf(await client.post('/login'));
      const copy = client.clone();
      await textOf(await client.post('/goodbye'));
      assert.equal(await textOf(await client.get('/')), 'nobody: Goodbye');
      assert.equal(await textOf(await copy.get('/')), 'nobody: none');
    },
  },
  {
    id: 'identity/persistent',
    title: 'a persistent cookie is sent again when its deadline moved, and not otherwise',
    run: async ({ serve, clock }) => {
      const client = await serve(ROUTES, {
        cookie: { persistent: true },
        idleTimeout: '10m',
        touchAfter: '1m',
      });
      await textOf(await client.post('/note'));
      const [{ expiresAt: first = 0 } = {}] = client.cookies.list();
      clock.advance('30s');
      assert.deepEqual(await textAndCookies(client.get('/')), []);
      clock.advance('60s');
      assert.equal((await textAndCookies(client.get('/'))).length, 1);
      const [{ expiresAt: second = 0 } = {}] = client.cookies.list();
      assert.ok(second > first, 'the deadline of the cookie did not move');
      clock.advance('10m');
      assert.equal(await textOf(await client.get('/')), 'nobody: kept');
      clock.advance('12m');
      assert.equal(await textOf(await client.get('/')), 'nobody: none');
    },
  },
];

async function textAndCookies(answer: Promise<Response>): Promise<string[]> {
  const response = await answer;
  await textOf(response);
  return response.headers.getSetCookie();
}

/** Name and attributes of a cookie, without value and deadline. */
function attributesOf(setCookie: string): string[] {
  const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim());
  const lasting = attributes.filter((attribute) => !/^(max-age|expires)=/i.test(attribute));
  return [pair.slice(0, pair.indexOf('=')), ...lasting.sort()];
}
