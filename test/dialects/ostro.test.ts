import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { extend, type OstroConfig, session, startSession } from '../../src/dialects/ostro.js';
import { createSessions, session as nativeSession } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { createClient } from '../../src/testing/client.js';
import { answersOf, browse, browseOriginal, type Handler, start, visits } from './ostro-app.js';
import { createPages } from './ostro-pages.js';

afterEach(() => vi.unstubAllEnvs());

describe('data', () => {
  test('values that are false stay, null is there for exists and all', async () => {
    const { visit } = await visits();
    await visit((session) => session.put({ count: 0, name: '', isMember: false, users: null }));
    expect(
      await visit((session) => [
        session.get('count', 1),
        session.get('name', 'nobody'),
        session.get('isMember', true),
        session.get('users', 'default'),
        session.pull('count', 1),
        session.all(),
      ]),
    ).toEqual([0, '', false, null, 0, { name: '', isMember: false, users: null }]);
  });

  test('has, exists, missing and forget take several keys', async () => {
    const { visit } = await visits();
    await visit((session) => session.put({ a: 1, b: null, 'c.d': 2 }));
    expect(
      await visit((session) => [
        session.has(['a', 'c.d']),
        session.has(['a', 'b']),
        session.exists(['a', 'b']),
        session.missing(['a', 'c']),
        session.missing(['a', 'b']),
      ]),
    ).toEqual([true, false, true, false, true]);
    await visit((session) => session.forget(['a', 'c.d']));
    expect(await visit((session) => session.all())).toEqual({ b: null, c: {} });
  });

  test('what the dialect keeps for itself is in none of them', async () => {
    const { visit } = await visits();
    await visit((session) => {
      session.token();
      session.flashInput({ name: 'Ada' });
      session.withErrors({ name: 'too short' });
    });
    expect(
      await visit((session) => [
        session.all(),
        session.except(['a']),
        session.only(['__token', '__inputs', '__errors']),
        session,
      ]),
    ).toEqual([{}, {}, {}, {}]);
  });

  test('V-12: merge reaches no prototype', async () => {
    const { visit } = await visits();
    await visit((session) =>
      session.merge(
        'settings',
        JSON.parse('{ "__proto__": { "isAdmin": true }, "theme": "dark" }'),
      ),
    );
    expect(await visit((session) => session.all())).toEqual({ settings: { theme: 'dark' } });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('remembers dates as JSON does, and drops what JSON has no word for', async () => {
    const { visit } = await visits();
    await visit((session) =>
      session.put({ at: new Date(0), user: { name: 'Ada', greet: () => 'hello', age: undefined } }),
    );
    expect(await visit((session) => session.all())).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      user: { name: 'Ada' },
    });
  });

  test('V-12: what a client sent reaches no prototype, and leaves the session readable', async () => {
    const { visit } = await visits();
    await visit((session) =>
      session.put({
        user: 'Ada',
        sent: JSON.parse('{ "__proto__": { "isAdmin": true }, "tags": [{ "__proto__": 1 }] }'),
      }),
    );
    expect(await visit((session) => session.all())).toEqual({ user: 'Ada', sent: { tags: [{}] } });
  });

  test('what is too deep to be read again fails the request, and leaves the session as it was', async () => {
    const { visit } = await visits();
    await visit((session) => session.put('user', 'Ada'));
    expect(
      await visit((session) => session.put('sent', JSON.parse('['.repeat(600) + ']'.repeat(600)))),
    ).toMatchObject({
      code: 'invalid-value',
      message: expect.stringContaining('"sent"'),
    });
    expect(await visit((session) => session.all())).toEqual({ user: 'Ada' });
  });

  test('what JSON cannot write at all fails the request, and names the key', async () => {
    const { visit } = await visits();
    expect(await visit((session) => session.put('big', 1n))).toMatchObject({
      code: 'invalid-value',
      message: expect.stringContaining('"big"'),
    });
  });

  test('a change inside an object that was got is stored', async () => {
    const { visit } = await visits();
    await visit((session) => session.put('cart', { items: ['lamp'] }));
    await visit((session) => (session.get('cart') as { items: string[] }).items.push('chair') > 0);
    expect(await visit((session) => session.get('cart.items'))).toEqual(['lamp', 'chair']);
  });

  test('touched, existed, getId', async () => {
    const { client, visit } = await visits();
    const [touched, existed] = (await visit((session) => [
      session.touched,
      session.existed,
    ])) as boolean[];
    // A new session has its token to store.
    expect([touched, existed]).toEqual([true, false]);
    const id = await visit((session) => session.getId());
    expect(await visit((session) => [session.touched, session.existed, session.getId()])).toEqual([
      false,
      true,
      id,
    ]);
    expect(client.cookies.get('ostro_session')).not.toBe(id);
  });

  test('save stores at once, and tells a callback', async () => {
    const { client, visit } = await visits();
    await visit((session) => session.put('step', 1));
    const seen = await visit(async (session) => {
      session.put('step', 2);
      const told = await new Promise(
        (resolve) => void session.save((error, isSaved) => resolve([error, isSaved])),
      );
      return [told, await visit((other) => other.get('step'), client.clone())];
    });
    expect(seen).toEqual([[null, true], 2]);
  });
});

describe('flash', () => {
  test('has true for a value, and takes several', async () => {
    const { visit } = await visits();
    await visit((session) => {
      session.flash('isSaved');
      session.flash({ a: 1, 'b.c': 2 });
    });
    expect(
      await visit((session) => [session.get('isSaved'), session.all(), session.get('b.c')]),
    ).toEqual([true, { isSaved: true, a: 1, 'b.c': 2 }, 2]);
    expect(await visit((session) => session.all())).toEqual({});
  });

  test('now takes several and stores nothing', async () => {
    const { visit } = await visits();
    expect(
      await visit((session) => {
        session.now({ a: 1, b: 2 });
        return session.all();
      }),
    ).toEqual({ a: 1, b: 2 });
    expect(await visit((session) => session.all())).toEqual({});
  });
});

describe('identity', () => {
  test('S-12: regenerate, not awaited, kills the old cookie and keeps data and what is put after it', async () => {
    const { client, visit } = await visits();
    await visit((session) => session.put('cart', 'lamp'));
    const thief = client.clone();
    await visit((session) => {
      void session.regenerate();
      session.put('user', 'Ada');
    });
    expect(await visit((session) => session.all())).toEqual({ cart: 'lamp', user: 'Ada' });
    expect(await visit((session) => session.all(), thief)).toEqual({});
  });

  test('invalidate, not awaited, deletes the data and kills the old cookie; what is put after it stays', async () => {
    const { client, visit } = await visits();
    await visit((session) => session.put('user', 'Ada'));
    const thief = client.clone();
    await visit((session) => {
      void session.invalidate();
      session.flash('status', 'Goodbye');
    });
    expect(await visit((session) => session.all())).toEqual({ status: 'Goodbye' });
    expect(await visit((session) => session.all(), thief)).toEqual({});
  });

  test('invalidate forgets a user that the native login named', async () => {
    const { visit } = await visits();
    expect(
      await visit(async () => {
        await nativeSession().login('ada');
        return nativeSession().userId;
      }),
    ).toBe('ada');
    await visit((session) => session.invalidate());
    expect(await visit(() => nativeSession().userId)).toBeNull();
  });

  test('regenerate and invalidate tell with false that another request was first', async () => {
    const { client, visit } = await visits();
    await visit((session) => session.put('user', 'Ada'));
    const other = client.clone();
    const results = await visit(async (session) => {
      await visit((mine) => mine.regenerate(), other);
      return [await session.regenerate()];
    });
    expect(results).toEqual([false]);
  });

  test('regenerate takes the parameters of OstroJS', async () => {
    const { visit } = await visits();
    expect(
      await visit(
        (session) =>
          new Promise(
            (resolve) => void session.regenerate(true, (error, isDone) => resolve([error, isDone])),
          ),
      ),
    ).toEqual([null, true]);
  });

  test('regenerate, flush and invalidate change the token against forged requests', async () => {
    const { visit } = await visits();
    const tokens = [await visit((session) => session.token())];
    const changes: Handler[] = [
      () => 'nothing',
      (session) => session.regenerateToken(),
      (session) => session.flush(),
      (session) => session.regenerate(),
      (session) => session.invalidate(),
    ];
    for (const change of changes) {
      tokens.push(
        await visit(async (session) => {
          await change(session);
          return session.token();
        }),
      );
    }
    // Each text is accepted until the token is a new one.
    for (const text of tokens) expect(text).toMatch(/^[\w-]{86}$/);
    expect(await visit((session) => tokens.map((text) => session.isToken(text)))).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('S-32: a token is accepted from one change to the next, and is told from other texts', async () => {
    const { visit } = await visits();
    const token = await visit((session) => session.token());
    expect(
      await visit((session) => [session.isToken(token), session.isToken(session.token())]),
    ).toEqual([true, true]);
    const others = ['', 'x'.repeat(86), 'x'.repeat(43), `${token} `, [token], null, 7, {}];
    expect(await visit((session) => others.filter((text) => session.isToken(text)))).toEqual([]);
    const changes: Handler[] = [
      (session) => void session.regenerateToken(),
      (session) => void session.flush(),
      (session) => session.regenerate(),
      // Nobody awaits it, as in applications for OstroJS.
      (session) => void session.regenerate(),
      (session) => session.invalidate(),
      () => nativeSession().login('ada'),
      () => nativeSession().regenerate(),
    ];
    for (const change of changes) {
      const before = await visit((session) => session.token());
      const after = await visit(async (session) => {
        await change(session);
        return session.token();
      });
      expect(await visit((session) => [session.isToken(before), session.isToken(after)])).toEqual([
        false,
        true,
      ]);
    }
  });
});

describe('names that the dialect keeps for itself', () => {
  const NAMES = ['__token', '__inputs', '__errors', '__token.x', '__inputs.name'];
  const VERBS: [string, (session: Parameters<Handler>[0], name: string) => unknown][] = [
    ['put', (session, name) => session.put(name, 'forged')],
    ['put of several', (session, name) => session.put({ first: 1, [name]: 'forged' })],
    ['push', (session, name) => session.push(name, 'forged' as never)],
    ['merge', (session, name) => session.merge(name, { forged: true })],
    ['increment', (session, name) => session.increment(name)],
    ['decrement', (session, name) => session.decrement(name)],
    ['forget', (session, name) => session.forget(['first', name])],
    ['remove', (session, name) => session.remove(name)],
    ['pull', (session, name) => session.pull(name)],
    ['get', (session, name) => session.get(name)],
    ['has', (session, name) => session.has(name)],
    ['exists', (session, name) => session.exists(name)],
    ['the global helper', (_, name) => session({ [name]: 'forged' })],
  ];
  const FLASHES: typeof VERBS = [
    ['flash', (session, name) => session.flash(name, 'forged')],
    ['flash of several', (session, name) => session.flash({ first: 1, [name]: 'forged' })],
    ['now', (session, name) => session.now(name, 'forged')],
    ['now of several', (session, name) => session.now({ first: 1, [name]: 'forged' })],
  ];

  test.each([
    ...VERBS.map((verb) => [...verb, NAMES] as const),
    ...FLASHES.map((verb) => [...verb, NAMES.slice(0, 3)] as const),
  ])('%s refuses them, and changes nothing', async (_name, call, names) => {
    const { visit } = await visits();
    await visit((session) => session.flashInput({ name: 'Ada' }));
    const refused = await visit((session) => {
      const token = session.token();
      const codes = names.map((name) => codeOf(() => call(session, name)));
      return [new Set(codes).size, codes[0], session.isToken(token), session.old(), session.all()];
    });
    expect(refused).toEqual([1, 'invalid-path', true, { name: 'Ada' }, {}]);
  });

  test('what is too deep to merge is an error that names the path', async () => {
    const { visit } = await visits();
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    for (const value of [deep, { deep }, { call: () => 'no data' }]) {
      expect(await visit((session) => session.merge('settings', value))).toMatchObject({
        code: 'invalid-value',
        message: expect.stringContaining('"settings"'),
      });
    }
  });

  test('an error of a value names its path in quotes, whatever a client made of it', async () => {
    const { visit } = await visits();
    const name = `\u001b[2J${'x'.repeat(500)}`;
    const { message } = (await visit((session) => session.put(name, 1n as never))) as {
      message: string;
    };
    expect(message).toContain('"\\u001b[2Jxxx');
    expect(message.length).toBeLessThan(300);
  });
});

function codeOf(call: () => unknown): unknown {
  try {
    call();
    return 'nothing was refused';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

// The square of their number would take minutes.
describe('what a client sends in great numbers costs its length', () => {
  const COUNT = 10_000;

  test.each<[string, (index: number) => [string, unknown]]>([
    ['objects below one key', (index) => [`a.${index}x`, {}]],
    ['values below one key', (index) => [`a.${index}x`, 1]],
    ['keys', (index) => [`k${index}`, {}]],
    ['elements of a list', (index) => [`a.${index}`, 1]],
  ])('put of %s', async (_name, entry) => {
    const { visit } = await visits();
    const body = Object.fromEntries(Array.from({ length: COUNT }, (_, index) => entry(index)));
    expect(
      await visit((session) => {
        if (entry(0)[0] === 'a.0') session.put('a', []);
        session.put(body);
        const [first] = Object.values(session.all());
        return Object.keys(session.all()).length * Object.keys(first as object).length;
      }),
    ).toBe(entry(0)[0].startsWith('k') ? 0 : COUNT);
  });

  test('merge, push, increment, flash and forget, one by one', async () => {
    const { visit } = await visits();
    const names = Array.from({ length: COUNT }, (_, index) => `k${index}`);
    expect(
      await visit((session) => {
        for (const name of names) {
          session.merge('merged', [name], []);
          session.push('pushed', name as never);
          session.increment(`counts.${name}`);
        }
        session.flash(Object.fromEntries(names.map((name) => [name, name])));
        session.flashOnly(names);
        session.flashExcept(names);
        session.forget(names.map((name) => `counts.${name}`));
        return [
          (session.get('merged') as []).length,
          (session.get('pushed') as []).length,
          Object.keys(session.only(names)).length,
        ];
      }),
    ).toEqual([COUNT, COUNT, 0]);
  });
});

describe('parallel requests of one visitor', () => {
  const paths = ['/with-another/put/one/1', '/with-another/put/two/2'];

  test('V-02: different keys are both kept, in 20 of 20 pairs', async () => {
    const client = await browse(createPages(start()));
    for (let pair = 0; pair < 20; pair++) {
      await client.get('/put/name/Ada');
      await Promise.all(paths.map((path) => client.get(path)));
      expect(await answersOf(client, ['/get/one', '/get/two', '/get/name'])).toEqual([
        '1',
        '2',
        'Ada',
      ]);
      client.cookies.clear();
    }
  });

  test('V-02: the original loses one of them, in 20 of 20 pairs', async () => {
    const { origin } = await browseOriginal({
      app: 'pages',
      config: { driver: 'file', files: newFolder() },
    });
    for (let pair = 0; pair < 20; pair++) {
      const client = createClient({ origin });
      await client.get('/put/name/Ada');
      await Promise.all(paths.map((path) => client.get(path)));
      expect(
        (await answersOf(client, ['/get/one', '/get/two'])).filter((value) => value === null),
      ).toHaveLength(1);
    }
  });

  test('no increment and no push is lost', async () => {
    const { visit } = await visits();
    await visit((session) => session.put('count', 0));
    await Promise.all(
      Array.from({ length: 20 }, () =>
        visit((session) => {
          session.increment('count', 2);
          session.push('list', 'x');
        }),
      ),
    );
    expect(
      await visit((session) => [session.get('count'), (session.get('list') as string[]).length]),
    ).toEqual([40, 20]);
  });

  test('V-01: what a slow request puts does not bring an invalidated session back', async () => {
    const { client, visit } = await visits();
    await visit((session) => session.put('user', 'Ada'));
    const slow = client.clone();
    await visit(async (session) => {
      await visit((other) => other.invalidate());
      session.put('theme', 'dark');
    }, slow);
    expect(await visit((session) => session.all(), slow)).toEqual({});
    expect(await visit((session) => session.all())).toEqual({});
  });
});

describe('a 404', () => {
  test('stores what was put, as every answer does', async () => {
    const client = await browse(createPages(start()));
    expect(
      await answersOf(client, ['/put/name/Ada', '/not-found/put/name/Grace', '/get/name']),
    ).toEqual([null, null, 'Grace']);
  });
});

describe('config/session.js', () => {
  test('the cookie: name, Max-Age of the lifetime, Path, HttpOnly, SameSite', async () => {
    const { client } = await visits({ lifetime: 60 });
    const setCookie = (await client.get('/any')).headers.getSetCookie();
    expect(setCookie).toEqual([
      expect.stringMatching(
        /^ostro_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3660; Expires=/,
      ),
    ]);
  });

  test('every key of the cookie', async () => {
    const { client } = await visits({
      cookie: 'shop_session',
      path: '/shop',
      domain: 'shop.example',
      http_only: false,
      same_site: 'strict',
      expire_on_close: 'true',
      secure: 'false',
      key: 'k7WqPz2vXn9sRf4tLb8mYc3dGh6jAe1u',
    });
    const setCookie = (await client.get('/any')).headers.getSetCookie();
    expect(setCookie).toEqual([
      expect.stringMatching(
        /^shop_session=[\w-]{43}\.[\w-]{43}; Path=\/shop; Domain=shop.example; SameSite=Strict$/,
      ),
    ]);
  });

  test('null is as good as left out, for every key', async () => {
    const nothing: Record<Exclude<keyof OstroConfig, 'driver'> | 'signed', null> = {
      lifetime: null,
      expire_on_close: null,
      encrypt: null,
      signed: null,
      key: null,
      files: null,
      connection: null,
      table: null,
      store: null,
      lottery: null,
      cookie: null,
      path: null,
      domain: null,
      secure: null,
      http_only: null,
      same_site: null,
      partitioned: null,
      resave: null,
      saveUninitialized: null,
      trustProxy: null,
    };
    const { client } = await visits({ driver: 'memory', ...nothing });
    const response = await client.get('/any');
    expect([response.status, response.headers.getSetCookie()]).toEqual([
      200,
      [
        expect.stringMatching(
          /^ostro_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=7260; Expires=/,
        ),
      ],
    ]);
  });

  test('secure follows the request when it is not set', async () => {
    const { client } = await visits({ trustProxy: 1, expire_on_close: true });
    const secure = await client.get('/any', { headers: { 'x-forwarded-proto': 'https' } });
    expect(secure.headers.getSetCookie()[0]).toContain('; Secure;');
    const plain = await createClient({ origin: client.origin }).get('/any');
    expect(plain.headers.getSetCookie()[0]).not.toContain('Secure');
  });

  test('a visitor for whom nothing was put gets a session, unless saveUninitialized is false', async () => {
    const { client } = await visits();
    expect((await client.get('/any')).headers.getSetCookie()).toHaveLength(1);
    const lean = await visits({ saveUninitialized: false });
    expect((await lean.client.get('/any')).headers.getSetCookie()).toEqual([]);
    await lean.visit((session) => session.put('a', 1));
    expect(await lean.visit((session) => session.all())).toEqual({ a: 1 });
  });

  test('the driver file keeps sessions in files, also when the server starts again', async () => {
    const files = newFolder();
    const first = await visits({ driver: 'file', files });
    await first.visit((session) => session.put('name', 'Ada'));
    expect(readdirSync(files)).not.toEqual([]);
    const second = await visits({ driver: 'file', files });
    const client = createClient({ origin: second.client.origin, cookies: first.client.cookies });
    expect(await second.visit((session) => session.get('name'), client)).toBe('Ada');
  });

  test('the driver database keeps sessions in the table of a database, encrypted when asked', async () => {
    const file = join(newFolder(), 'app.sqlite');
    const config: OstroConfig = {
      driver: 'database',
      connection: `sqlite:${file}`,
      table: 'visits',
      encrypt: true,
      key: 'k7WqPz2vXn9sRf4tLb8mYc3dGh6jAe1u',
    };
    const { visit } = await visits(config);
    await visit((session) => session.put('name', 'Ada'));
    expect(await visit((session) => session.get('name'))).toBe('Ada');
  });

  test('a driver of your own: a store, or what promises one', async () => {
    const store = memoryStore();
    extend('own', async () => store);
    const { visit } = await visits({ driver: 'own' });
    await visit((session) => session.put('name', 'Ada'));
    expect(await store.count?.()).toBe(1);
  });

  test('the environment comes first', async () => {
    vi.stubEnv('SOJOURN_COOKIE', 'other');
    const { client } = await visits();
    expect((await client.get('/any')).headers.getSetCookie()[0]).toMatch(/^other=/);
  });

  test.each<[string, OstroConfig]>([
    ["There is no key 'liftime'", { liftime: 120 } as OstroConfig],
    ['Give minutes', { lifetime: 'soon' }],
    ['Give minutes', { lifetime: 0 }],
    ['Give true or false', { encrypt: 'yes' as 'true' }],
    ['encrypt needs a key', { encrypt: true }],
    ['key has 5 bytes', { key: 'short' }],
    ['Say which one in store', { driver: 'cache' }],
    ['Give its URL in connection', { driver: 'database' }],
    ['Give its URL in connection', { driver: 'cache.database' }],
    ['cookie.path', { path: 'shop' }],
  ])('refused: %s', (message, config) => {
    expect(() => startSession(config)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(message),
      }),
    );
  });

  test('a cache is its backend', async () => {
    for (const config of [
      { driver: 'cache.memory' },
      { driver: 'cache', store: 'memory' },
      { driver: 'array' },
    ]) {
      const { visit } = await visits(config);
      await visit((session) => session.put('a', 1));
      expect(await visit((session) => session.all())).toEqual({ a: 1 });
    }
  });
});

describe('what is no session', () => {
  test('V-24: a store that is down is an error 503, and not an empty session', async () => {
    const store = memoryStore();
    extend('faulty', () => ({ ...store, read: (id: string) => faulty.read(id) }));
    const faulty = { read: store.read };
    const { visit } = await visits({ driver: 'faulty' });
    await visit((session) => session.put('name', 'Ada'));
    faulty.read = () => Promise.reject(new Error('no disk'));
    expect(await visit(() => 'never')).toMatchObject({ code: 'store-failed' });
    faulty.read = store.read;
    expect(await visit((session) => session.get('name'))).toBe('Ada');
  });

  test('V-03: an id that a client made up is not taken over', async () => {
    const { client } = await visits();
    const cookie = `ostro_session=${'A'.repeat(43)}`;
    const [setCookie = ''] = (
      await client.get('/any', { headers: { cookie } })
    ).headers.getSetCookie();
    expect(setCookie).toMatch(/^ostro_session=[\w-]{43};/);
    expect(setCookie).not.toContain(cookie);
  });
});

describe('when the store cannot be opened', () => {
  test('the request fails, open tells why, and the next request tries again', async () => {
    const { client, visit } = await visits({ driver: 'later' });
    expect(await visit(() => 'never')).toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining("'later'"),
    });
    extend('later', () => memoryStore());
    expect(await visit(() => 'served', client)).toBe('served');
  });

  test('a driver that is neither a handler nor a store is refused', async () => {
    extend('nothing', () => undefined as never);
    await expect(startSession({ driver: 'nothing' }).open()).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });

  test('open and close', async () => {
    const middleware = startSession({ driver: 'memory' });
    await middleware.close();
    const sessions = await middleware.open();
    expect(await middleware.open()).toBe(sessions);
    expect(await sessions.read('nobody')).toBeUndefined();
    await middleware.close();
    await middleware.close();
  });

  test('the native sessions are the same ones', async () => {
    const middleware = start();
    const client = await browse(createPages(middleware));
    await client.get('/put/name/Ada');
    const sessions = await middleware.open();
    await sessions.destroyAll();
    expect(await answersOf(client, ['/get/name'])).toEqual([null]);
  });
});

test('the helper outside a request says so', () => {
  expect(() => session()).toThrow(expect.objectContaining({ code: 'no-session' }));
  expect(() => createSessions({ store: memoryStore() }).current()).toThrow(
    expect.objectContaining({ code: 'no-session' }),
  );
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-ostro-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
