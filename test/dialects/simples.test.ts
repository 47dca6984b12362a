import { setTimeout as delay } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import simples from 'simples';
import { describe, expect, test } from 'vitest';
import { toSimples } from '../../src/bridges/simples.js';
import {
  SimplesSession,
  type SimplesStore,
  sessionMiddleware,
  sessionSocket,
  simplesSessions,
  store,
} from '../../src/dialects/simples.js';
import { SessionError, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import type { Client } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';
import { gate } from './gate.js';
import { type SessionSetup, startSimples, textStore } from './simples-app.js';
import { openWebSocket } from './web-socket.js';

function onSojourn(store: SessionStore | SimplesStore = memoryStore()): SessionSetup {
  const sessions = simplesSessions({ store });
  return {
    configure: (server) => void server.use(sessionMiddleware(sessions)),
    socket: (listener) => sessionSocket(sessions, listener as never) as never,
  };
}

function onOriginal(implementation: object | undefined = textStore()): SessionSetup {
  const store = simples.store(implementation as never);
  return { configure: (server) => void server.session({ enabled: true, store }) };
}

/** With the store that it makes when it is given none. */
const onMemory: SessionSetup = { configure: (server) => void server.session({ enabled: true }) };

const APPS = [
  { name: 'the original with four functions', setup: onOriginal() },
  { name: 'sojourn/simples', setup: onSojourn() },
  { name: 'sojourn/simples with four functions', setup: onSojourn(store(textStore())) },
  { name: 'the original with toSimples', setup: onOriginal(toSimples(memoryStore())) },
];

async function ask(client: Client, path: string): Promise<unknown> {
  return (await client.get(path)).json();
}

/** What a WebSocket connection of this client answers to `texts`. */
async function converse(client: Client, ...texts: string[]): Promise<unknown[]> {
  const connection = await openWebSocket(`${client.origin}/socket`, {
    cookie: `_session=${client.cookies.get('_session')}`,
  });
  const answers: unknown[] = [];
  for (const text of texts) answers.push(JSON.parse(await connection.ask(text)));
  await connection.close();
  return answers;
}

describe.each(APPS)('$name', ({ setup }) => {
  test('keeps what is set, with its type, until it is deleted or cleared', async () => {
    const { client } = await startSimples(setup);
    await ask(client, '/set/count/5');
    await ask(client, '/set/user.name/"ada"');
    expect(await ask(client, '/get/count')).toBe(5);
    expect(await ask(client, '/get/absent')).toBeNull();
    expect(await ask(client, '/all')).toEqual({ count: 5, 'user.name': 'ada' });
    expect([await ask(client, '/delete/count'), await ask(client, '/delete/count')]).toEqual([
      true,
      false,
    ]);
    expect(await ask(client, '/all')).toEqual({ 'user.name': 'ada' });
    await ask(client, '/clear');
    expect(await ask(client, '/all')).toEqual({});
  });

  test('the cookie is _session, HttpOnly, for the path / and kept by the browser', async () => {
    const { client } = await startSimples(setup);
    const cookies = (await client.get('/set/count/5')).headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^_session=[^;]+;/);
    for (const attribute of [/;\s*path=\/(;|$)/i, /;\s*httponly/i, /;\s*expires=/i])
      expect(cookies[0]).toMatch(attribute);
  });

  test('S-02: an id that the client made up is not adopted', async () => {
    const { client } = await startSimples(setup);
    const response = await client.get('/set/count/5', { headers: { cookie: '_session=made-up' } });
    expect(response.headers.getSetCookie()[0]).not.toContain('made-up');
  });

  test('destroy ends the session', async () => {
    const { client } = await startSimples(setup);
    await ask(client, '/set/user/"ada"');
    await ask(client, '/destroy');
    expect(await ask(client, '/all')).toEqual({});
  });

  test('a session is one over HTTP and over WebSocket, where it is stored at the close', async () => {
    const { client } = await startSimples(setup);
    await ask(client, '/set/user/"ada"');
    expect(await converse(client, 'show', 'set room blue')).toEqual([
      { user: 'ada' },
      { user: 'ada', room: 'blue' },
    ]);
    await expect.poll(() => ask(client, '/all')).toEqual({ user: 'ada', room: 'blue' });
  });

  test('save stores while the WebSocket connection is open', async () => {
    const { client } = await startSimples(setup);
    await ask(client, '/set/user/"ada"');
    const connection = await openWebSocket(`${client.origin}/socket`, {
      cookie: `_session=${client.cookies.get('_session')}`,
    });
    await connection.ask('set room blue');
    await connection.ask('save');
    expect(await ask(client, '/all')).toEqual({ user: 'ada', room: 'blue' });
    await connection.close();
  });
});

describe('better than the original', () => {
  test('sessions in memory keep the data; the original keeps the fields of its own object', async () => {
    const original = await startSimples(onMemory);
    await ask(original.client, '/set/count/5');
    expect(Object.keys((await ask(original.client, '/all')) as object)).toEqual([
      'changed',
      'id',
      'store',
      'timeout',
    ]);
    const { client } = await startSimples(onSojourn(store()));
    await ask(client, '/set/count/5');
    expect(await ask(client, '/all')).toEqual({ count: 5 });
  });

  test('update may be left out, as documented; without it the original does not answer a request that changes nothing', async () => {
    const { update: _, ...three } = textStore();
    const original = await startSimples(onOriginal(three));
    await ask(original.client, '/set/count/5');
    const unanswered = new AbortController();
    const answer = original.client
      .get('/all', { signal: unanswered.signal })
      .then((response) => response.text());
    await expect
      .poll(() => original.errors.map(({ message }) => message))
      .toEqual(['Not implemented']);
    unanswered.abort();
    await expect(answer).rejects.toThrow('aborted');
    const { client } = await startSimples(onSojourn(store(three)));
    await ask(client, '/set/count/5');
    expect(await ask(client, '/all')).toEqual({ count: 5 });
  });

  test('V-02: connections of one visitor keep each other’s keys; the original keeps those of the last', async () => {
    const parallel = async (setup: SessionSetup): Promise<unknown> => {
      const slow = gate();
      const { client } = await startSimples(setup, { slow });
      await ask(client, '/set/first/1');
      const behind = ask(client, '/slow/behind');
      await slow.isReached;
      await ask(client, '/set/meanwhile/2');
      slow.open();
      await behind;
      return ask(client, '/all');
    };
    expect(await parallel(onOriginal())).toEqual({ first: 1, behind: 'slow' });
    expect(await parallel(onSojourn())).toEqual({ first: 1, meanwhile: 2, behind: 'slow' });
  });

  test.each([
    ['by the connection that destroyed it', false],
    ['by a connection that is behind', true],
  ])(
    'V-01: a destroyed session is not brought back %s; with the original it is',
    async (_, isBehind) => {
      const revive = async (setup: SessionSetup): Promise<boolean> => {
        const slow = gate();
        const { client } = await startSimples(setup, { slow });
        await ask(client, '/set/user/"ada"');
        const cookie = `_session=${client.cookies.get('_session')}`;
        if (isBehind) {
          const behind = ask(client, '/slow/page');
          await slow.isReached;
          await ask(client, '/destroy');
          slow.open();
          await behind;
        } else await ask(client, '/destroy-changed');
        const again = await client.get('/get/user', { headers: { cookie } });
        return (await again.json()) === 'ada';
      };
      expect(await revive(onOriginal())).toBe(true);
      expect(await revive(onSojourn())).toBe(false);
      expect(await revive(onOriginal(toSimples(memoryStore())))).toBe(false);
    },
  );

  test('V-03: generate gives the client a new id and ends the old one; the original keeps the old one and tells nobody the new', async () => {
    const regenerate = async (
      setup: SessionSetup,
    ): Promise<{ isNew: boolean; data: unknown; isOldAlive: boolean }> => {
      const { client } = await startSimples(setup);
      await ask(client, '/set/user/"ada"');
      const cookie = `_session=${client.cookies.get('_session')}`;
      await ask(client, '/generate');
      const isNew = cookie !== `_session=${client.cookies.get('_session')}`;
      const data = await ask(client, '/all');
      const old = await client.get('/get/user', { headers: { cookie } });
      return { isNew, data, isOldAlive: (await old.json()) === 'ada' };
    };
    expect(await regenerate(onOriginal())).toEqual({
      isNew: false,
      data: { user: 'ada' },
      isOldAlive: true,
    });
    expect(await regenerate(onSojourn())).toEqual({
      isNew: true,
      data: { user: 'ada', generated: true },
      isOldAlive: false,
    });
  });

  test('a change inside a value is stored; the original needs a set for it', async () => {
    const push = async (setup: SessionSetup): Promise<unknown> => {
      const { client } = await startSimples(setup);
      await ask(client, '/set/cart/["tea"]');
      await ask(client, '/push/cart/mug');
      return ask(client, '/get/cart');
    };
    expect(await push(onOriginal())).toEqual(['tea']);
    expect(await push(onSojourn())).toEqual(['tea', 'mug']);
  });

  test('a visitor who stores nothing gets no cookie and no record; with the original each of them gets both', async () => {
    const texts = new Map<string, string>();
    const original = await startSimples(onOriginal(textStore(texts)));
    expect((await original.client.get('/all')).headers.getSetCookie()).toHaveLength(1);
    expect(texts.size).toBe(1);
    const records = memoryStore();
    const { client } = await startSimples(onSojourn(records));
    expect((await client.get('/all')).headers.getSetCookie()).toEqual([]);
    expect(await records.count?.()).toBe(0);
  });

  test('S-01: ids are 256 random bits, and the cookie is SameSite=Lax and Secure on https', async () => {
    const sessions = simplesSessions();
    const { headers } = await new Visitor(sessions).visit((session) =>
      new SimplesSession(session, sessions).set('count', 5),
    );
    const cookie = headers.find(([name]) => name === 'Set-Cookie')?.[1];
    expect(cookie).toMatch(
      /^_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=36\d\d; /,
    );
  });

  test('the response waits for a store that is slow, and arrives', async () => {
    const records = memoryStore();
    const isStored = gate();
    const slow: SessionStore = {
      ...records,
      create: async (id, record) => {
        isStored.reach();
        await isStored.isOpen;
        return records.create(id, record);
      },
    };
    const { client } = await startSimples(onSojourn(slow));
    const answer = client.get('/set/count/5');
    await isStored.isReached;
    // Node destroys a stream that has ended in a later turn, and simpleS the socket with it.
    await delay(50);
    isStored.open();
    expect((await answer).status).toBe(200);
    expect(await ask(client, '/all')).toEqual({ count: 5 });
  });

  test('a store that fails is answered with a 503; the original does not answer', async () => {
    const down: SessionStore = {
      ...memoryStore(),
      create: () => Promise.reject(new Error('the disk is full')),
    };
    const { client } = await startSimples(onSojourn(down));
    const response = await client.get('/set/count/5');
    expect([response.status, await response.text(), response.headers.getSetCookie()]).toEqual([
      503,
      'Service Unavailable\n',
      [],
    ]);
    const broken = { ...textStore(), set: () => Promise.reject(new Error('the disk is full')) };
    const original = await startSimples(onOriginal(broken));
    const unanswered = new AbortController();
    const answer = original.client
      .get('/set/count/5', { signal: unanswered.signal })
      .then((reply) => reply.text());
    await expect
      .poll(() => original.errors.map(({ message }) => message))
      .toEqual(['the disk is full']);
    unanswered.abort();
    await expect(answer).rejects.toThrow('aborted');
  });

  test("a session that cannot be read is an error for the router's error route", async () => {
    const { client, errors } = await startSimples(
      onSojourn({ ...memoryStore(), read: () => Promise.reject(new Error('the server is down')) }),
    );
    const response = await client.get('/all', {
      headers: { cookie: `_session=${'a'.repeat(43)}` },
    });
    expect(response.status).toBe(500);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('the server is down'),
    ]);
  });
});

describe('sessionMiddleware', () => {
  test('mounted twice is one session: the second is skipped', async () => {
    const opened: SimplesSession[] = [];
    const { client } = await startSimples({
      configure: (server) => {
        const sessions = simplesSessions();
        const keepSession = (connection: { session: unknown }, next: () => void): void => {
          opened.push(connection.session as SimplesSession);
          next();
        };
        // simpleS itself drops a function that it has already.
        server.use(sessionMiddleware(sessions));
        server.use(keepSession as never);
        server.use(sessionMiddleware(sessions));
        server.use(((connection, next) =>
          keepSession(connection, next)) as typeof keepSession as never);
        server.get('/both', ((connection: { end(text: string): void }) => {
          opened[0]?.set('first', 1);
          opened[1]?.set('second', opened[1].get('first'));
          connection.end('');
        }) as never);
      },
    });
    expect((await client.get('/both')).headers.getSetCookie()).toHaveLength(1);
    expect(opened[1]).toBe(opened[0]);
    expect(await (await client.get('/all')).json()).toEqual({ first: 1, second: 1 });
  });

  test('enabled may be a function of the connection', async () => {
    const sessions = simplesSessions();
    const { client } = await startSimples({
      configure: (server) => {
        server.use(
          sessionMiddleware(sessions, {
            enabled: ({ request }) => request.headers['x-session'] === 'yes',
          }),
        );
        server.get('/has', ((connection: { session: unknown; end(text: string): void }) => {
          connection.end(String(connection.session !== null));
        }) as never);
      },
    });
    expect(await (await client.get('/has')).text()).toBe('false');
    expect(await (await client.get('/has', { headers: { 'x-session': 'yes' } })).text()).toBe(
      'true',
    );
  });

  test('an error in that function is one for the router', async () => {
    const { client, errors } = await startSimples({
      configure: (server) => {
        const enabled = (): boolean => {
          throw new Error('not now');
        };
        server.use(sessionMiddleware(simplesSessions(), { enabled }));
      },
    });
    expect((await client.get('/all')).status).toBe(500);
    expect(errors.map(({ message }) => message)).toEqual(['not now']);
  });
});

describe('sessionSocket', () => {
  test('a visitor without a session gets none: the handshake was answered before', async () => {
    const records = memoryStore();
    const { client } = await startSimples(onSojourn(records));
    expect(await converse(client, 'set room blue')).toEqual([{ room: 'blue' }]);
    expect(await records.count?.()).toBe(0);
  });

  test('a connection whose session cannot be read is closed', async () => {
    const { client } = await startSimples(
      onSojourn({ ...memoryStore(), read: () => Promise.reject(new Error('the server is down')) }),
    );
    const connection = await openWebSocket(`${client.origin}/socket`, {
      cookie: `_session=${'a'.repeat(43)}`,
    });
    await connection.isClosed;
  });
});

describe('the store of four functions', () => {
  test.each([
    ['Not implemented: the store has no get', 'invalid-option', {}],
    ['Not implemented: the store has no get', 'invalid-option', null],
    ['No promise result: get of the store', 'store-failed', { get: () => ({ count: 5 }) }],
  ])('%s', async (message, code, implementation) => {
    const call = store(implementation as never).get('id');
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toMatchObject({ code });
    // The original's words come first.
    await expect(simples.store(implementation as never).get('id')).rejects.toThrow(
      message.split(':')[0],
    );
  });

  test('an error that a function throws is a rejection', async () => {
    const failing = store({
      ...textStore(),
      get() {
        throw new Error('down');
      },
    });
    await expect(failing.get('id')).rejects.toThrow('down');
  });

  test('the functions are called as methods, and a promise of another realm will do', async () => {
    const keeper = {
      ...textStore(),
      text: '{"greeting":"hello"}',
      get(): Promise<object> {
        return runInNewContext('Promise.resolve(JSON.parse(text))', { text: this.text });
      },
    };
    expect(await store(keeper).get('id')).toEqual({ greeting: 'hello' });
  });

  test('update resolves where it is not implemented', async () => {
    const { update: _, ...three } = textStore();
    await expect(store(three).update('id', 1000)).resolves.toBeUndefined();
  });

  test('sessions refuse what is no store at once', () => {
    expect(() => simplesSessions({ store: {} as never })).toThrow(SessionError);
    expect(() => simplesSessions({ store: 'memory' as never })).toThrow('has no get');
  });
});

describe('the session', () => {
  async function open(): Promise<{
    session: SimplesSession;
    visitor: Visitor<Record<string, unknown>>;
  }> {
    const sessions = simplesSessions();
    const visitor = new Visitor(sessions);
    return { session: new SimplesSession(await visitor.open(), sessions), visitor };
  }

  test('is a Map whose verbs return what a Map’s do', async () => {
    const { session } = await open();
    expect(session).toBeInstanceOf(Map);
    expect(session.set('count', 5).set('cart', [])).toBe(session);
    expect([session.size, session.has('count'), session.get('count'), [...session.keys()]]).toEqual(
      [2, true, 5, ['count', 'cart']],
    );
    expect([session.delete('count'), session.delete('count'), session.delete('absent')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([session.clear(), session.size]).toEqual([undefined, 0]);
  });

  test('ignores keys that are no text, and refuses those that would reach a prototype', async () => {
    const { session } = await open();
    expect(session.set(5 as never, 'five').size).toBe(0);
    expect(() => session.set('__proto__', 1)).toThrow(SessionError);
    expect(session.size).toBe(0);
  });

  test('changed: by a set, a delete, a clear or inside a value, until it is saved', async () => {
    const { session } = await open();
    expect(session.changed).toBe(false);
    session.set('cart', ['tea']);
    expect(session.changed).toBe(true);
    expect(await session.save()).toBe(session);
    expect(session.changed).toBe(false);
    (session.get('cart') as string[]).push('mug');
    expect(session.changed).toBe(true);
    await session.save();
    session.changed = true;
    expect((await session.load()).get('cart')).toEqual(['tea', 'mug']);
  });

  test('load drops changes and shows what others stored', async () => {
    const { session } = await open();
    await session.set('count', 5).save();
    session.set('count', 6);
    expect(await session.load()).toBe(session);
    expect(session.toJSON()).toEqual({ count: 5 });
  });

  test('what is set after destroy begins a session with an id of its own', async () => {
    const { session } = await open();
    await session.set('user', 'ada').save();
    const { id } = session;
    expect(await session.destroy()).toBeUndefined();
    await session.set('page', 1).save();
    expect(session.id).not.toBe(id);
    expect(session.toJSON()).toEqual({ page: 1 });
  });

  test('update moves the end of the session, and nothing else is needed for that', async () => {
    const clock = manualClock();
    const sessions = simplesSessions({ timeout: '1h', now: clock.now });
    const visitor = new Visitor(sessions);
    const session = new SimplesSession(await visitor.open(), sessions);
    await session.set('count', 5).save();
    const { expiration } = session;
    clock.advance('10s');
    await session.update();
    expect(session.expiration).toBe(expiration + 10_000);
    expect([session.timeout, session.store]).toEqual([3_600_000, sessions.store]);
  });

  test('a number is milliseconds; what is no timeout is refused', () => {
    expect(simplesSessions({ timeout: 5000 }).timeout).toBe(5000);
    expect(() => simplesSessions({ timeout: -1 })).toThrow(SessionError);
  });
});
