import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fromFort, toFort } from '../../src/bridges/fort.js';
import {
  FortSession,
  fortSession,
  fortSessions,
  type ISessonStore,
  sessionWall,
} from '../../src/dialects/fort.js';
import { createSessions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import type { Client } from '../../src/testing/client.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';
import { type FortPackage, send, startFort } from './fort-app.js';
import { CustomSessionProvider, MemorySessionStore } from './fort-seeds.js';
import { gate } from './gate.js';

const onSojourn =
  (store: SessionStore = memoryStore()) =>
  ({ Fort, Wall }: FortPackage): void => {
    Fort.walls = [sessionWall(Wall, fortSessions({ store }))];
  };
const onOriginal = (): void => undefined;

const APPS = [
  { name: 'the original', configure: onOriginal },
  { name: 'sojourn/fort', configure: onSojourn() },
  {
    name: "sojourn/fort with the documentation's SessionProvider",
    configure: onSojourn(fromFort(CustomSessionProvider)),
  },
  {
    name: "sojourn/fort with the documentation's ISessionStore",
    configure: onSojourn(fromFort(MemorySessionStore)),
  },
  {
    name: 'the original with toFort',
    configure: ({ Fort }: FortPackage): void => {
      Fort.sessionStore = toFort(memoryStore());
    },
  },
];

/** The 18 steps of FortJs's own tests of sessions: what is asked, and the answer. */
const STEPS: readonly [string, (client: Client) => Promise<Response>, unknown][] = [
  ['getAll of a new visitor is empty', (client) => client.get('/session/getall'), { value: {} }],
  ['isExist of an absent key', (client) => client.get('/session/exist?key=id'), 'key is not found'],
  ['get of an absent key is null', (client) => client.get('/session/get?key=id'), { value: null }],
  ['set', (client) => send(client, '/session/add', { key: 'id', value: 5 }), 'saved'],
  [
    'set of a second key',
    (client) => send(client, '/session/add', { key: 'hello', value: 'world' }),
    'saved',
  ],
  [
    'isExist of a key that was set',
    (client) => client.get('/session/exist?key=id'),
    'key is found',
  ],
  ['a number stays a number', (client) => client.get('/session/get?key=id'), { value: 5 }],
  [
    'set of a key that is there',
    (client) => send(client, '/session/add', { key: 'id', value: '6' }),
    'saved',
  ],
  ['isExist after that', (client) => client.get('/session/exist?key=id'), 'key is found'],
  ['get after that', (client) => client.get('/session/get?key=id'), { value: '6' }],
  ['remove', (client) => client.request('/session/remove?key=id', { method: 'DELETE' }), 'removed'],
  ['isExist of a removed key', (client) => client.get('/session/exist?key=id'), 'key is not found'],
  ['get of a removed key is null', (client) => client.get('/session/get?key=id'), { value: null }],
  [
    'the other key is still there',
    (client) => client.get('/session/get?key=hello'),
    { value: 'world' },
  ],
  [
    'setMany',
    (client) =>
      send(client, '/session/addmany', {
        key1: 'hello',
        value1: 'world',
        key2: 'ujjwal',
        value2: 'gupta',
      }),
    'saved',
  ],
  [
    'getAll shows a removed key as null',
    (client) => client.get('/session/getall'),
    { value: { hello: 'world', id: null, ujjwal: 'gupta' } },
  ],
  ['clear', (client) => client.request('/session/clear', { method: 'DELETE' }), 'cleared'],
  ['get after clear is null', (client) => client.get('/session/get?key=hello'), { value: null }],
];

/** What was answered: JSON as a value, anything else as text. */
async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  return response.headers.get('content-type') === 'application/json' ? JSON.parse(text) : text;
}

async function valueIn(client: Client, key: string): Promise<unknown> {
  const { value } = (await answerOf(await client.get(`/session/get?key=${key}`))) as {
    value?: unknown;
  };
  return value;
}

describe.each(APPS)('$name', ({ configure }) => {
  test("the 18 steps of FortJs's own session tests", async () => {
    const { client } = await startFort(configure);
    for (const [step, take, answer] of STEPS) {
      const response = await take(client);
      expect([step, response.status, await answerOf(response)]).toEqual([step, 200, answer]);
    }
  });

  test('the cookie comes with the first write only, HttpOnly and for an hour, and goes with clear', async () => {
    const { client } = await startFort(configure);
    expect((await client.get('/session/getall')).headers.getSetCookie()).toEqual([]);
    const [cookie, ...others] = (
      await send(client, '/session/add', { key: 'id', value: 5 })
    ).headers.getSetCookie();
    expect(cookie).toMatch(/^fort_session_id=[^;]+; /);
    for (const attribute of ['HttpOnly', 'Path=/', 'Max-Age=3600'])
      expect(cookie?.split('; ')).toContain(attribute);
    expect(others).toEqual([]);
    expect(
      (await send(client, '/session/add', { key: 'id', value: 6 })).headers.getSetCookie(),
    ).toEqual([]);
    const [gone] = (await client.get('/session/clear')).headers.getSetCookie();
    expect(gone).toMatch(/^fort_session_id=.*Expires=Thu, 01 Jan 1970 00:00:00 GMT/);
    expect(client.cookies.list()).toEqual([]);
  });

  test('a key that was never set is undefined once there is a session', async () => {
    const { client } = await startFort(configure);
    await send(client, '/session/add', { key: 'id', value: 5 });
    expect(await answerOf(await client.get('/session/get?key=other'))).toEqual({});
  });

  test('after clear a set begins a session with an id of its own', async () => {
    const { client } = await startFort(configure);
    await send(client, '/session/add', { key: 'id', value: 5 });
    const before = client.cookies.list()[0]?.value;
    await client.get('/session/restart');
    expect(client.cookies.list()[0]?.value).not.toBe(before);
    expect(await answerOf(await client.get('/session/getall'))).toEqual({
      value: { restarted: true },
    });
  });

  test('V-02: parallel requests keep each other’s keys', async () => {
    const slow = gate();
    const { client } = await startFort(configure, { slow });
    await send(client, '/session/add', { key: 'first', value: 1 });
    const behind = client.get('/session/slow?key=behind');
    await slow.isReached;
    await send(client, '/session/add', { key: 'meanwhile', value: 2 });
    slow.open();
    await behind;
    expect(await answerOf(await client.get('/session/getall'))).toEqual({
      value: { first: 1, meanwhile: 2, behind: 'slow' },
    });
  });

  test('S-02: an id that the client made up is not adopted', async () => {
    const { client } = await startFort(configure);
    const response = await client.post('/session/add', {
      headers: { 'content-type': 'application/json', cookie: 'fort_session_id=made-up' },
      body: '{"key":"id","value":5}',
    });
    expect(response.headers.getSetCookie()[0]).not.toContain('made-up');
  });
});

test('every component has the session: later walls, shields, guards and controllers', async () => {
  const { client } = await startFort((fort) => {
    const { Fort, Wall, Shield, Guard, Controller, guards, jsonResult, shields, worker } = fort;
    class LaterWall extends Wall {
      async onIncoming(): Promise<void> {
        await this.session.set('wall', 1);
      }
    }
    class SessionShield extends Shield {
      async protect(): Promise<void> {
        await this.session.set('shield', await this.session.get('wall'));
      }
    }
    class SessionGuard extends Guard {
      async check(): Promise<void> {
        await this.session.set('guard', await this.session.get('shield'));
      }
    }
    class ComponentController extends Controller {
      async all(): Promise<unknown> {
        return jsonResult(await this.session.getAll());
      }
    }
    worker()(ComponentController.prototype, 'all', {});
    guards(SessionGuard)(ComponentController.prototype, 'all', {});
    shields(SessionShield)(ComponentController);
    Fort.walls = [sessionWall(Wall, fortSessions()), LaterWall];
    Fort.routes = [{ controller: ComponentController, path: '/component' }] as never;
  });
  expect(await answerOf(await client.get('/component/all'))).toEqual({
    wall: 1,
    shield: 1,
    guard: 1,
  });
});

test('the wall in the list twice is one session: the second is skipped', async () => {
  const opened: unknown[] = [];
  const { client } = await startFort(({ Fort, Wall }) => {
    class FirstWall extends Wall {
      async onIncoming(): Promise<void> {
        opened.push(this.session);
        await this.session.set('first', 1);
      }
    }
    class SecondWall extends Wall {
      async onIncoming(): Promise<void> {
        opened.push(this.session);
        await this.session.set('second', await this.session.get('first'));
      }
    }
    const wall = sessionWall(Wall, fortSessions());
    Fort.walls = [wall, FirstWall, wall, SecondWall];
  });
  const response = await client.get('/session/getall');
  expect(await answerOf(response)).toEqual({ value: { first: 1, second: 1 } });
  expect(opened[1]).toBe(opened[0]);
  expect(response.headers.getSetCookie()).toHaveLength(1);
});

test.each([APPS[0]!, APPS[1]!])(
  'a request to upgrade is answered as any other, with its session: $name',
  async ({ configure }) => {
    const { client, url } = await startFort(configure);
    const added = await send(client, '/session/add', { key: 'id', value: 5 });
    const cookie = added.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const headers = { cookie, connection: 'Upgrade', upgrade: 'websocket' };
    const upgrade = request(new URL('/session/getall', url), { headers }).end();
    const [response] = (await once(upgrade, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(await json(response)).toEqual({ value: { id: 5 } });
  },
);

describe('better than the original', () => {
  test('S-01 V-29: ids are 256 random bits; the original makes them of time, process and machine', async () => {
    const { client } = await startFort(onSojourn());
    await send(client, '/session/add', { key: 'id', value: 5 });
    expect(client.cookies.list()[0]?.value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const original = await startFort(onOriginal);
    await send(original.client, '/session/add', { key: 'id', value: 5 });
    const first = original.client.cookies.list()[0]?.value ?? '';
    original.client.cookies.clear();
    await send(original.client, '/session/add', { key: 'id', value: 5 });
    expect(original.client.cookies.list()[0]?.value.slice(0, 8)).toBe(first.slice(0, 8));
  });

  test('V-03: a cookie that somebody planted is not logged in; with the original it is', async () => {
    const planted = async (configure: (fort: FortPackage) => void): Promise<unknown[]> => {
      const { client } = await startFort(configure);
      await send(client, '/session/add', { key: 'cart', value: 'mug' });
      const attacker = client.clone();
      await send(client, '/session/login', { user: 'victim' });
      const cart = await valueIn(client, 'cart');
      return [await valueIn(client, 'user'), cart, await valueIn(attacker, 'user')];
    };
    expect(await planted(onOriginal)).toEqual(['victim', 'mug', 'victim']);
    expect(await planted(onSojourn())).toEqual(['victim', 'mug', null]);
    for (const Store of [CustomSessionProvider, MemorySessionStore])
      expect(await planted(onSojourn(fromFort(Store)))).toEqual(['victim', 'mug', null]);
  });

  test('V-03 S-12: regenerate moves the session to a new cookie, and the old one is dead', async () => {
    const { client } = await startFort(onSojourn());
    await send(client, '/session/add', { key: 'cart', value: 'mug' });
    const old = client.clone();
    expect(await (await client.get('/session/promote')).text()).toBe('regenerated');
    expect([await valueIn(client, 'cart'), await valueIn(old, 'cart')]).toEqual(['mug', null]);
  });

  test('fortSession says when the wall is missing', () => {
    expect(() => fortSession({ session: {} })).toThrow(
      expect.objectContaining({
        code: 'no-session',
        message: expect.stringContaining('sessionWall'),
      }),
    );
  });

  test('S-17: login names the user, so that all sessions of a user can be ended', async () => {
    const sessions = fortSessions();
    const { client } = await startFort(({ Fort, Wall }) => {
      Fort.walls = [sessionWall(Wall, sessions)];
    });
    await send(client, '/session/login', { user: 'ada' });
    expect(await sessions.ofUser('ada')).toHaveLength(1);
    await sessions.destroyUser('ada');
    expect(await valueIn(client, 'user')).toBeNull();
    const visitor = new Visitor(sessions);
    await visitor.visit(async (session) => {
      const fort = new FortSession(session);
      expect(fort.userId).toBeUndefined();
      await fort.login('grace', { keep: false });
      expect(fort.userId).toBe('grace');
    });
  });

  test("the session's cookie leaves beside one of the application; the original sends the last of all", async () => {
    const names = async (configure: (fort: FortPackage) => void): Promise<string[]> => {
      const { client } = await startFort(configure);
      return (await client.get('/session/cookies')).headers
        .getSetCookie()
        .map((cookie) => cookie.split('=')[0] ?? '');
    };
    expect(await names(onOriginal)).toEqual(['language']);
    expect(await names(onSojourn())).toEqual(['language', 'fort_session_id']);
  });

  test('the cookie is SameSite=Lax, and Secure on https', async () => {
    const visitor = new Visitor(fortSessions());
    const { headers } = await visitor.visit((session) => new FortSession(session).set('id', 5));
    const cookie = headers.find(([name]) => name === 'Set-Cookie')?.[1];
    expect(cookie).toMatch(/^fort_session_id=.*; HttpOnly; Secure; SameSite=Lax; Max-Age=3600; /);
  });

  test('V-01: a request that is behind does not bring back what was cleared; with the original it signs in anew', async () => {
    const revive = async (configure: (fort: FortPackage) => void): Promise<boolean> => {
      const slow = gate();
      const { client } = await startFort(configure, { slow });
      await send(client, '/session/add', { key: 'user', value: 'ada' });
      const behind = client.get('/session/slow?key=user');
      await slow.isReached;
      await client.get('/session/clear');
      slow.open();
      await behind;
      return (await valueIn(client, 'user')) !== null;
    };
    expect(await revive(onOriginal)).toBe(true);
    expect(await revive(onSojourn())).toBe(false);
    expect(
      await revive(({ Fort }) => {
        Fort.sessionStore = toFort(memoryStore());
      }),
    ).toBe(false);
  });

  test('the server ends a session with its cookie; the original keeps it for ever', async () => {
    const clock = manualClock();
    const visitor = new Visitor(fortSessions({ sessionTimeOut: 5, now: clock.now }));
    await visitor.visit((session) => new FortSession(session).set('id', 5));
    clock.advance('4m');
    await visitor.visit(async (session) =>
      expect(await new FortSession(session).get('id')).toBe(5),
    );
    clock.advance('1m');
    await visitor.visit(async (session) =>
      expect(await new FortSession(session).get('id')).toBeNull(),
    );

    const { client } = await startFort(({ Fort }) => {
      // In minutes: the browser has dropped the cookie when it arrives.
      Fort.sessionTimeOut = 0;
    });
    const [cookie = ''] = (
      await send(client, '/session/add', { key: 'id', value: 5 })
    ).headers.getSetCookie();
    expect(cookie).toContain('Max-Age=0');
    const late = await client.get('/session/get?key=id', {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect(await answerOf(late)).toEqual({ value: 5 });
  });

  test('the response leaves once the session is stored, and is a 503 when it cannot be', async () => {
    const store = memoryStore();
    let isStored = false;
    const slowly: SessionStore = {
      ...store,
      create: async (id, record) => {
        await delay(50);
        isStored = true;
        return store.create(id, record);
      },
    };
    const { client } = await startFort(onSojourn(slowly));
    await send(client, '/session/add', { key: 'id', value: 5 });
    expect(isStored).toBe(true);

    const down = await startFort(
      onSojourn({ ...store, create: () => Promise.reject(new Error('the disk is full')) }),
    );
    const response = await send(down.client, '/session/add', { key: 'id', value: 5 });
    expect([response.status, await response.text(), response.headers.getSetCookie()]).toEqual([
      503,
      'Service Unavailable\n',
      [],
    ]);
  });

  test("a session that cannot be read is an error for FortJs's error handler", async () => {
    const store = memoryStore();
    const { client } = await startFort(
      onSojourn({ ...store, read: () => Promise.reject(new Error('the server is down')) }),
    );
    const headers = { cookie: `fort_session_id=${'a'.repeat(43)}` };
    const response = await client.get('/session/getall', { headers });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('the server is down');
  });
});

describe('options', () => {
  test('appName names the cookie, sessionTimeOut is minutes, and the rest of the cookie can be set', async () => {
    const sessions = fortSessions({
      appName: 'shop',
      sessionTimeOut: 2,
      cookie: { sameSite: 'strict', domain: 'shop.example' },
    });
    const { headers } = await new Visitor(sessions).visit((session) =>
      new FortSession(session).set('id', 5),
    );
    const cookie = headers.find(([name]) => name === 'Set-Cookie')?.[1];
    expect(cookie).toMatch(
      /^shop_session_id=.*; Domain=shop.example; .*SameSite=Strict; Max-Age=120; /,
    );
  });

  test.each([0, -1, Number.NaN])('a sessionTimeOut of %d is refused', (sessionTimeOut) => {
    expect(() => fortSessions({ sessionTimeOut })).toThrow('sessionTimeOut is');
  });
});

describe('the per-key API over any session of Sojourn', () => {
  test('takes keys literally, and reads back what it set in the same request', async () => {
    const session = await createSessions({ store: memoryStore() }).open({});
    const fort: ISessonStore = new FortSession(session);
    expect(await fort.isAnyExist()).toBe(false);
    expect(await fort.setMany({ 'a.b': 1, c: [1] })).toEqual([undefined, undefined]);
    await fort.remove('never set');
    expect(await fort.getAll()).toEqual({ 'a.b': 1, c: [1] });
    expect([await fort.isAnyExist(), await fort.isExist('a'), await fort.get('a.b')]).toEqual([
      true,
      false,
      1,
    ]);
    expect(fort.sessionId).toBe(session.id);
    await fort.clear();
    expect([await fort.isAnyExist(), await fort.get('c')]).toEqual([false, null]);
  });

  test('a key that would reach a prototype is refused', async () => {
    const fort = new FortSession(await createSessions({ store: memoryStore() }).open({}));
    await expect(fort.set('__proto__', 1)).rejects.toMatchObject({ code: 'invalid-path' });
  });
});
