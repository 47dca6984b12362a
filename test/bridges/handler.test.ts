import { MongoClient } from 'mongodb';
import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  fromHandler,
  type SessionHandler,
  SessionHandlerInterface,
  type StoreHandler,
  toHandler,
} from '../../src/bridges/handler.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { storeSuite } from '../../src/testing/store-suite.js';
import { collectWarnings } from '../adapters/serve.js';
import { idsIn } from '../entries.js';
import { explore } from '../races/explorer.js';
import { sharedServer } from '../servers.js';
import { stalledStore } from './stalled-store.js';

const HOUR = 3_600_000;
const mongodb = await sharedServer('mongodb');

const DIFFERENCES = {
  byUser: 'a handler cannot list',
  list: 'a handler cannot list',
  count: 'a handler cannot list',
  clear: 'a handler cannot list',
  prune: 'gc goes by the age of the last write, not by the deadline',
  migrate: 'open does it',
};

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

/** A handler that answers later. */
class MapHandler extends SessionHandlerInterface {
  readonly texts = new Map<string, string>();
  readonly calls: unknown[][] = [];

  async #answer<Result>(result: () => Result): Promise<Result> {
    await new Promise((resolve) => setImmediate(resolve));
    return result();
  }

  override open(...parameters: string[]) {
    this.calls.push(['open', ...parameters]);
    return true;
  }

  override close() {
    this.calls.push(['close']);
    return true;
  }

  read(sessionId: string) {
    return this.#answer(() => this.texts.get(sessionId) ?? '');
  }

  write(sessionId: string, data: string) {
    return this.#answer(() => {
      this.texts.set(sessionId, data);
      return true;
    });
  }

  destroy(sessionId: string) {
    return this.#answer(() => this.texts.delete(sessionId));
  }

  override gc(lifetime: number) {
    this.calls.push(['gc', lifetime]);
    return 7;
  }
}

/** The handler of the documentation, filled in. */
class MongoSessionHandler extends SessionHandlerInterface {
  readonly #collection;

  constructor(client: MongoClient, name: string) {
    super();
    this.#collection = client.db('sojourn').collection<{ _id: string; data: string }>(name);
  }

  async read(sessionId: string) {
    return (await this.#collection.findOne({ _id: sessionId }))?.data;
  }

  async write(sessionId: string, data: string) {
    await this.#collection.updateOne({ _id: sessionId }, { $set: { data } }, { upsert: true });
    return true;
  }

  async destroy(sessionId: string) {
    await this.#collection.deleteOne({ _id: sessionId });
    return true;
  }

  async drop() {
    await this.#collection.drop();
  }
}

describe('a handler that answers later', () => {
  storeSuite({
    test,
    differences: DIFFERENCES,
    createStore: async ({ now }) => ({ store: fromHandler(new MapHandler(), { now }) }),
  });

  test('V-01 V-02: within one process nothing is lost and nothing revived, whatever the order of the calls', () =>
    explore({
      runs: process.env.SOJOURN_LONG === '1' ? 2000 : 20,
      createStore: async ({ now }) => ({ store: fromHandler(new MapHandler(), { now }) }),
    }));
});

describe.skipIf(!mongodb.available)('a handler over the real MongoDB', () => {
  const client = new MongoClient(mongodb.available ? mongodb.url : 'mongodb://127.0.0.1');
  let count = 0;

  afterAll(() => client.close());

  storeSuite({
    test,
    rounds: 5,
    differences: DIFFERENCES,
    async createStore({ now }) {
      const handler = new MongoSessionHandler(client, `handler_${process.pid}_${++count}`);
      return { store: fromHandler(handler, { now }), cleanup: () => handler.drop() };
    },
  });
});

describe('a store as a handler, as a store', () => {
  storeSuite({
    test,
    differences: DIFFERENCES,
    createStore: async ({ now }) => ({
      store: fromHandler(toHandler(memoryStore({ now }), { lifetime: '4000d', now }), { now }),
    }),
  });
});

describe('from a handler', () => {
  test('open comes first and once, close last and once', async () => {
    const handler = new MapHandler();
    const store = fromHandler(handler, { savePath: '/var/sessions', sessionName: 'ostro_session' });
    expect(handler.calls).toEqual([]);
    await Promise.all([store.read('a'), store.create('b', record())]);
    await store.close?.();
    await store.close?.();
    expect(handler.calls).toEqual([['open', '/var/sessions', 'ostro_session'], ['close']]);
  });

  test('an open that fails fails the call, and is tried again with the next', async () => {
    const handler = new MapHandler();
    const open = vi.spyOn(handler, 'open').mockReturnValueOnce(false);
    const store = fromHandler(handler);
    await expect(store.read('a')).rejects.toMatchObject({ code: 'store-failed' });
    expect(await store.read('a')).toBeUndefined();
    expect(open).toHaveBeenCalledTimes(2);
  });

  test('prune calls gc, with seconds that no live session reaches', async () => {
    const handler = new MapHandler();
    const clock = manualClock(Date.now());
    const store = fromHandler(handler, { lifetime: '2h', now: clock.now });
    expect(await store.prune?.(clock.now(), 100)).toBe(7);
    expect(await store.prune?.(clock.now() - HOUR, 100)).toBe(7);
    expect(handler.calls.slice(1)).toEqual([
      ['gc', 7200],
      ['gc', 10_800],
    ]);
  });

  test('a handler without gc, open and close is one; its store cannot prune', async () => {
    const handler = new MapHandler();
    const store = fromHandler({
      read: (id) => handler.read(id),
      write: (id, data) => handler.write(id, data),
      destroy: (id) => handler.destroy(id),
    });
    await store.create('a', record());
    expect(await store.read('a')).toBeDefined();
    expect(store.prune).toBeUndefined();
    await store.close?.();
  });

  test('the stub of the documentation, as it stands there, keeps nothing and breaks nothing', async () => {
    // biome-ignore-start lint: typed in as it stands.
    class MongoSessionHandler extends (SessionHandlerInterface as unknown as new () => object) {
      // @ts-ignore: JavaScript in the documentation
      open($savePath, $sessionName) {}
      close() {}
      // @ts-ignore: as above
      read($sessionId) {}
      // @ts-ignore: as above
      write($sessionId, $data) {}
      // @ts-ignore: as above
      destroy($sessionId) {}
      // @ts-ignore: as above
      gc($lifetime) {}
    }
    // biome-ignore-end lint: as above
    const store = fromHandler(new MongoSessionHandler() as SessionHandler);
    expect(await store.create('a', record())).toBeDefined();
    expect(await store.read('a')).toBeUndefined();
    expect(await store.destroy('a')).toBe(false);
    expect(await store.prune?.(Date.now(), 100)).toBe(0);
    await store.close?.();
  });

  test.each(['no JSON', '{}', 'null', '[1]'])(
    'a text of others is no session: %s',
    async (text) => {
      const handler = new MapHandler();
      handler.read = async () => text;
      expect(await fromHandler(handler).read('a')).toBeUndefined();
    },
  );

  describe('V-24 a handler that fails is not one without sessions', () => {
    test('an answer of false to write rejects', async () => {
      const handler = new MapHandler();
      handler.write = async () => false;
      await expect(fromHandler(handler).create('a', record())).rejects.toMatchObject({
        code: 'store-failed',
      });
    });

    test('an answer of false to destroy rejects when the session is still there', async () => {
      const handler = new MapHandler();
      const store = fromHandler(handler);
      await store.create('a', record());
      handler.destroy = async () => false;
      await expect(store.destroy('a')).rejects.toMatchObject({ code: 'store-failed' });
      handler.destroy = async (id) => {
        handler.texts.delete(id);
        return false;
      };
      expect(await store.destroy('a')).toBe(true);
    });

    test('an answer of false to gc rejects', async () => {
      const handler = Object.assign(new MapHandler(), { gc: async () => false });
      await expect(fromHandler(handler).prune?.(Date.now(), 100)).rejects.toMatchObject({
        code: 'store-failed',
      });
    });

    test.each([{ views: 1 }, 7, true])('a read that is no text rejects: %s', async (value) => {
      const handler = new MapHandler();
      handler.read = async () => value as unknown as string;
      await expect(fromHandler(handler).read('a')).rejects.toMatchObject({ code: 'store-failed' });
    });

    test('what it throws comes through', async () => {
      const handler = new MapHandler();
      handler.read = () => Promise.reject(new Error('no disk'));
      await expect(fromHandler(handler).read('a')).rejects.toThrow('no disk');
    });
  });

  test.each<[unknown, string]>([
    [undefined, "no method 'read'"],
    [{}, "no method 'read'"],
    [{ read: () => '' }, "no method 'write'"],
    [{ read: () => '', write: () => true }, "no method 'destroy'"],
    [
      { read: (_id: string, _callback: unknown) => '', write: () => true, destroy: () => true },
      'takes a callback',
    ],
  ])('what is no handler is refused: %s', (handler, message) => {
    expect(() => fromHandler(handler as SessionHandler)).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe('to a handler', () => {
  test('a text is read as it was written, nothing is the empty text', async () => {
    const handler = toHandler(memoryStore());
    expect(await handler.open?.('', '')).toBe(true);
    for (const text of ['{ "a" : 1 }', 'a:1:{i:0;s:3:"lamp";}', '\u0000\n\ud800']) {
      expect(await handler.write('a', text)).toBe(true);
      expect(await handler.read('a')).toBe(text);
    }
    expect(await handler.destroy('a')).toBe(true);
    expect(await handler.read('a')).toBe('');
    expect(await handler.destroy('a')).toBe(true);
    expect(await handler.close?.()).toBe(true);
  });

  test('S-04: the store never sees an id', async () => {
    const store = memoryStore();
    await toHandler(store).write('the-secret-id', '{}');
    const ids = await idsIn(store);
    expect(ids).toHaveLength(1);
    expect(ids[0]).not.toContain('secret');
  });

  test('a text lives for the lifetime after its last write; gc sweeps it an hour later', async () => {
    const clock = manualClock(Date.now());
    const handler = toHandler(memoryStore({ now: clock.now }), { lifetime: '1h', now: clock.now });
    await handler.write('a', 'one');
    clock.advance(HOUR - 1);
    await handler.write('a', 'two');
    clock.advance(HOUR - 1);
    expect(await handler.read('a')).toBe('two');
    clock.advance(HOUR);
    expect(await handler.gc()).toBe(0);
    clock.advance(1);
    expect(await handler.gc()).toBe(1);
    expect(await handler.read('a')).toBe('');
    expect(await handler.gc(3600)).toBe(0);
  });

  test('a sweep of a server whose clock is ahead ends no session of others', async () => {
    const clock = manualClock(Date.now());
    const store = memoryStore({ now: clock.now });
    await toHandler(store, { lifetime: '1h', now: clock.now }).write('a', 'kept');
    await toHandler(store, { now: () => clock.now() + HOUR + 3_599_999 }).gc();
    expect(await toHandler(store, { now: clock.now }).read('a')).toBe('kept');
  });

  test('writes at once all succeed, and the last one stays', async () => {
    const handler = toHandler(memoryStore());
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => handler.write('a', `text ${index}`)),
    );
    expect(await handler.read('a')).toBe('text 49');
  });

  test('a write that others are always faster than is a conflict', async () => {
    const store: SessionStore = { ...memoryStore(), create: async () => undefined };
    await expect(toHandler(store).write('a', 'text')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a limit of the interface: a write after a destroy starts the session again', async () => {
    const handler = toHandler(memoryStore());
    await handler.write('a', 'one');
    await handler.destroy('a');
    await handler.write('a', 'late');
    expect(await handler.read('a')).toBe('late');
  });

  test('with callbacks it takes and gives objects, as the adapters of @ostro/session 1.0', async () => {
    const handler = toHandler(memoryStore());
    const called = <Result>(
      call: (callback: (error: unknown, result?: Result) => void) => void,
    ): Promise<Result | undefined> =>
      new Promise((resolve, reject) =>
        call((error, result) => (error ? reject(error) : resolve(result))),
      );
    expect(await called((callback) => handler.read('a', callback))).toBeNull();
    expect(await called((callback) => handler.write('a', { name: 'Ada' }, callback))).toBe(true);
    expect(await called((callback) => handler.read('a', callback))).toEqual({ name: 'Ada' });
    expect(await called((callback) => handler.destroy('a', callback))).toBe(true);
  });

  test('F-08: a store that does not answer is an error in time', async () => {
    const handler = toHandler(stalledStore(), { storeTimeout: '10ms' });
    await expect(handler.read('a')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(handler.write('a', 'text')).rejects.toMatchObject({ code: 'store-timeout' });
    await expect(handler.destroy('a')).rejects.toMatchObject({ code: 'store-timeout' });
    expect(() => toHandler(memoryStore(), { storeTimeout: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  test('a failure goes to the callback, and that of a sweep becomes a warning', async () => {
    const warnings = collectWarnings();
    const fails = () => Promise.reject(new Error('no disk'));
    const handler: StoreHandler = toHandler({ ...memoryStore(), read: fails, prune: fails });
    expect(await new Promise((resolve) => handler.read('a', resolve))).toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('no disk'),
    });
    handler.destroyExpireSession(121);
    await expect
      .poll(() => warnings.map(({ message }) => message))
      .toEqual([expect.stringContaining('no disk')]);
  });
});
