import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createSessions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { Visitor } from '../visitor.js';

interface Data {
  views: number;
}

const REQUESTS = 1000;

/** A store whose reads wait until they are answered, and that counts them. */
function slowReads(now: () => number = Date.now): {
  store: SessionStore;
  counts: { reads: number; underWay: number; most: number; touches: number };
  /** Lets reads pass without waiting, or makes them wait again. */
  hold(isHeld: boolean): void;
  /** Ends all reads that are under way; with an error, they fail. */
  answer(error?: Error): void;
} {
  const inner = memoryStore({ now });
  const counts = { reads: 0, underWay: 0, most: 0, touches: 0 };
  let waiting: ((error: Error | undefined) => void)[] = [];
  let isHeld = false;
  return {
    counts,
    hold(held) {
      isHeld = held;
    },
    answer(error) {
      for (const end of waiting.splice(0)) end(error);
    },
    store: {
      ...inner,
      async read(id) {
        counts.reads++;
        counts.most = Math.max(counts.most, ++counts.underWay);
        const found = await inner.read(id);
        try {
          if (isHeld) {
            await new Promise<void>((resolve, reject) => {
              waiting = [...waiting, (error) => (error === undefined ? resolve() : reject(error))];
            });
          }
          return found;
        } finally {
          counts.underWay--;
        }
      },
      touch(id, expiresAt, touchedAt) {
        counts.touches++;
        return inner.touch(id, expiresAt, touchedAt);
      },
    },
  };
}

async function signedIn(
  store: SessionStore,
  options: { now?: () => number; storeTimeout?: number } = {},
): Promise<Visitor<Data>> {
  // A read that takes a quarter of storeTimeout is left alone; a busy machine must not get there.
  const visitor = new Visitor(createSessions<Data>({ store, storeTimeout: '60s', ...options }));
  await visitor.visit((session) => session.set('views', 1));
  return visitor;
}

/** Lets the microtasks run. */
const turn = (): Promise<void> => setImmediate();

describe('F-18 a thousand requests on one cold id', () => {
  test('read the store twice, never at the same time', async () => {
    const { store, counts, hold, answer } = slowReads();
    const visitor = await signedIn(store);
    counts.reads = 0;
    hold(true);
    const opened = Promise.all(Array.from({ length: REQUESTS }, () => visitor.open()));
    await turn();
    expect(counts).toMatchObject({ reads: 1, underWay: 1 });
    answer();
    await turn();
    expect(counts).toMatchObject({ reads: 2, underWay: 1 });
    answer();
    for (const session of await opened) expect(session.get('views')).toBe(1);
    expect(counts).toMatchObject({ reads: 2, underWay: 0, most: 1 });
  });

  test('a write that was acknowledged before a request began is in what it gets', async () => {
    const { store, hold, answer } = slowReads();
    const visitor = await signedIn(store);
    const writer = await visitor.clone().open();
    hold(true);
    const early = visitor.open();
    await turn();
    writer.set('views', 2);
    await writer.save();
    const late = visitor.open();
    answer();
    expect((await early).get('views')).toBe(1);
    await turn();
    answer();
    expect((await late).get('views')).toBe(2);
  });

  test('a session that was destroyed before a request began is gone for it', async () => {
    const { store, hold, answer } = slowReads();
    const visitor = await signedIn(store);
    const leaving = await visitor.clone().open();
    hold(true);
    const early = visitor.open();
    await turn();
    await leaving.destroy();
    const late = visitor.open();
    answer();
    expect((await early).isNew).toBe(false);
    await turn();
    answer();
    expect((await late).isNew).toBe(true);
  });

  test('a read that fails, fails who began it; who waited gets a read of their own', async () => {
    const { store, counts, hold, answer } = slowReads();
    const visitor = await signedIn(store);
    counts.reads = 0;
    hold(true);
    const opened = Promise.allSettled(Array.from({ length: REQUESTS }, () => visitor.open()));
    await turn();
    answer(new Error('connection reset'));
    await turn();
    expect(counts).toMatchObject({ reads: 2, underWay: 1 });
    answer();
    const [first, ...others] = await opened;
    expect(first).toMatchObject({
      status: 'rejected',
      reason: { code: 'store-failed', cause: { message: 'connection reset' } },
    });
    for (const { status } of others) expect(status).toBe('fulfilled');
    expect(counts.reads).toBe(2);
  });

  test('F-08 a read that stalls holds nobody beyond its deadline, and is not waited for afterwards', async () => {
    const { store, counts, hold } = slowReads();
    const { cookie } = await signedIn(store);
    const visitor = new Visitor(createSessions<Data>({ store, storeTimeout: 200 }), cookie);
    counts.reads = 0;
    hold(true);
    const results = await Promise.allSettled(
      Array.from({ length: REQUESTS }, () => visitor.open()),
    );
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store-timeout' } });
    expect(counts.reads).toBeLessThanOrEqual(4);
    hold(false);
    expect((await visitor.open()).get('views')).toBe(1);
  });

  test('F-08 one read that is never answered fails one request, not those that joined it', async () => {
    const { store, hold, counts } = slowReads();
    const { cookie } = await signedIn(store);
    const visitor = new Visitor(createSessions<Data>({ store, storeTimeout: 400 }), cookie);
    hold(true);
    const stalled = visitor.open();
    await turn();
    hold(false);
    const others = await Promise.all(Array.from({ length: 20 }, () => visitor.open()));
    for (const session of others) expect(session.get('views')).toBe(1);
    await expect(stalled).rejects.toMatchObject({ code: 'store-timeout' });
    expect(counts.most).toBe(2);
  });

  test('reads of different ids do not wait for each other', async () => {
    const { store, counts, hold, answer } = slowReads();
    const visitors = [await signedIn(store), await signedIn(store)];
    hold(true);
    const opened = Promise.all(visitors.map((visitor) => visitor.open()));
    await turn();
    expect(counts.underWay).toBe(2);
    answer();
    await opened;
  });
});

describe('F-18 a touch that is due', () => {
  test.each(['all at once', 'one after the other'])(
    'is written once by a thousand requests that answer %s',
    async (order) => {
      const clock = manualClock();
      const { store, counts } = slowReads(clock.now);
      const visitor = await signedIn(store, { now: clock.now });
      clock.advance('5m');
      const sessions = await Promise.all(Array.from({ length: REQUESTS }, () => visitor.open()));
      if (order === 'all at once')
        await Promise.all(sessions.map((session) => visitor.answer(session)));
      else for (const session of sessions) await visitor.answer(session);
      expect(counts.touches).toBe(1);
      clock.advance('1m');
      await visitor.visit();
      expect(counts.touches).toBe(2);
    },
  );

  test('is not written when a change was stored meanwhile', async () => {
    const clock = manualClock();
    const { store, counts } = slowReads(clock.now);
    const visitor = await signedIn(store, { now: clock.now });
    clock.advance('5m');
    const reader = await visitor.open();
    await visitor.visit((session) => session.increment('views'));
    await visitor.answer(reader);
    expect(counts.touches).toBe(0);
    expect(reader.outcome).toBe('unchanged');
  });

  test('is written whenever a handler asks for it', async () => {
    const clock = manualClock();
    const { store, counts } = slowReads(clock.now);
    const visitor = await signedIn(store, { now: clock.now });
    await visitor.visit((session) => session.touch());
    await visitor.visit((session) => session.touch());
    expect(counts.touches).toBe(2);
  });
});

test('F-08 a process that was stopped for longer than the deadline does not end for a read that nobody awaits', async () => {
  const slow = slowReads();
  const storeTimeout = 50;
  let stops = false;
  const store: SessionStore = {
    ...slow.store,
    async update(id, record, version) {
      if (!stops) return slow.store.update(id, record, version);
      // As SIGSTOP does, or the migration of a virtual machine. Then another write was first.
      const until = performance.now() + 2 * storeTimeout;
      while (performance.now() < until);
      return undefined;
    },
  };
  const visitor = await signedIn(store, { storeTimeout });
  const writer = await visitor.open();
  writer.increment('views');
  slow.hold(true);
  const reader = visitor.open();
  stops = true;
  await expect(visitor.answer(writer)).rejects.toMatchObject({ code: 'store-timeout' });
  await expect(reader).rejects.toMatchObject({ code: 'store-timeout' });
  // A read that began for nobody would have failed by now, and vitest would report it.
  await sleep(storeTimeout);
  slow.answer();
});
