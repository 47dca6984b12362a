import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cookieSessions, createSessions, headerTransport, type Session } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/index.js';

interface Data {
  voucher: { code: string };
  codes: Record<string, string>;
  list: number[];
  views: number;
}

/** Sessions of `count` processes on one store, and the headers of a visitor with these data. */
async function visitor(data: Partial<Data>, count = 2, now: () => number = Date.now) {
  const store = memoryStore({ now, warn: false });
  const processes = Array.from({ length: count }, () =>
    createSessions<Data>({ store, transport: headerTransport('x-session'), now }),
  );
  const [sessions] = processes as [ReturnType<typeof createSessions<Data>>];
  const session = await sessions.open({});
  for (const [key, value] of Object.entries(data)) session.set(key as 'views', value as number);
  const headers = Object.fromEntries((await sessions.commit(session)).headers);
  const open = (at = 0): Promise<Session<Data>> => (processes[at] as typeof sessions).open(headers);
  return { store, sessions, processes, headers, open };
}

describe('take', () => {
  test('of many requests in three processes at once exactly one gets the value, 100 times', async () => {
    for (let round = 0; round < 100; round++) {
      const { open } = await visitor({ voucher: { code: 'A' }, views: 0 }, 3);
      const takers = await Promise.all([0, 1, 2, 0, 1, 2].map((at) => open(at)));
      const taken = await Promise.all(
        takers.map(async (session) => {
          session.increment('views');
          return session.take('voucher');
        }),
      );
      expect(taken.filter((voucher) => voucher !== undefined)).toEqual([{ code: 'A' }]);
      const after = await open();
      expect([after.has('voucher'), after.get('views')]).toEqual([false, 6]);
    }
  });

  test('of a part of an object, which others change meanwhile, one request gets the value', async () => {
    const { open } = await visitor({ codes: { a: '1', b: '2' } });
    const [one, other] = [await open(0), await open(1)];
    other.set('codes.c', '3');
    expect(await other.take('codes.a')).toBe('1');
    expect(await one.take('codes.a')).toBeUndefined();
    expect((await open()).get('codes')).toEqual({ b: '2', c: '3' });
  });

  test('a value that is not there is undefined, and costs no write', async () => {
    const { store, open } = await visitor({ views: 1 });
    const session = await open();
    store.update = () => Promise.reject(new Error('no write is expected'));
    expect(await session.take('voucher')).toBeUndefined();
  });

  test('after a logout nobody gets it', async () => {
    const { open } = await visitor({ voucher: { code: 'A' } });
    const [late, leaving] = [await open(0), await open(1)];
    await leaving.logout();
    expect(await late.take('voucher')).toBeUndefined();
    expect(late.outcome).toBe('gone');
  });

  test('one value that was put again can be taken again', async () => {
    const { open } = await visitor({ voucher: { code: 'A' } });
    const session = await open();
    expect(await session.take('voucher')).toEqual({ code: 'A' });
    session.set('voucher', { code: 'B' });
    expect(await session.take('voucher')).toEqual({ code: 'B' });
    expect(await session.take('voucher')).toBeUndefined();
  });

  test('a store that fails after it wrote gives the value to nobody else', async () => {
    const { store, open } = await visitor({ voucher: { code: 'A' } });
    const [one, other] = [await open(0), await open(1)];
    const { update } = store;
    store.update = async (...given) => {
      await update(...given);
      throw new Error('connection lost');
    };
    await expect(one.take('voucher')).rejects.toMatchObject({ code: 'store-failed' });
    store.update = update;
    expect(await other.take('voucher')).toBeUndefined();
  });
});

describe('exclusively', () => {
  test('reads and writes of 20 requests in four processes come one after the other', async () => {
    const { open } = await visitor({ list: [] }, 4);
    let running = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const session = await open(index % 4);
        await session.exclusively(async (alone) => {
          expect(++running).toBe(1);
          const list = alone.get('list', []);
          await Promise.resolve();
          alone.set('list', [...list, list.length]);
          running--;
        });
      }),
    );
    expect((await open()).get('list')).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('gives what the task gives, and keeps what was changed before', async () => {
    const { open } = await visitor({ views: 1 });
    const session = await open();
    session.increment('views');
    expect(await session.exclusively((alone) => alone.get('views'))).toBe(2);
    expect((await open()).get('views')).toBe(2);
  });

  test('changes of a task that throws are dropped, and the next one may begin', async () => {
    const { sessions, open } = await visitor({ views: 1 });
    const session = await open();
    const failing = session.exclusively((alone) => {
      alone.set('views', 100);
      throw new Error('no stock');
    });
    await expect(failing).rejects.toThrow('no stock');
    await sessions.commit(session);
    expect(await (await open(1)).exclusively((alone) => alone.increment('views'))).toBe(2);
  });

  test('who waits longer than wait gets a conflict; others are not disturbed', async () => {
    const { open } = await visitor({ views: 0 });
    const [one, other, third] = [await open(0), await open(1), await open(1)];
    let end = (): void => undefined;
    const running = one.exclusively(
      (alone) =>
        new Promise<void>((resolve) => {
          end = () => {
            alone.increment('views');
            resolve();
          };
        }),
    );
    await expect(other.exclusively(() => undefined, { wait: '20ms' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('did not end within 20 ms'),
    });
    third.increment('views');
    await third.save();
    end();
    await running;
    expect((await open()).get('views')).toBe(2);
  });

  test('a task that runs longer than atMost stores nothing, and keeps nobody out', async () => {
    const clock = manualClock();
    const { open } = await visitor({ views: 1 }, 2, clock.now);
    const [slow, other] = [await open(0), await open(1)];
    const late = slow.exclusively(
      async (alone) => {
        alone.set('views', 100);
        clock.advance('31s');
        await other.exclusively((next) => next.increment('views'));
      },
      { atMost: '30s' },
    );
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
    expect((await open()).get('views')).toBe(2);
  });

  test('the lock is in no list and no count, and a new visitor needs none', async () => {
    const { sessions, store, open } = await visitor({ views: 1 });
    const session = await open();
    await session.exclusively(async () => {
      expect(await sessions.count()).toBe(1);
      expect((await sessions.list()).sessions).toHaveLength(1);
    });
    store.create = () => Promise.reject(new Error('no lock is expected'));
    const fresh = await sessions.open({});
    expect(await fresh.exclusively(() => 'alone')).toBe('alone');
  });

  test('a lock that cannot be released is told, and expires', async () => {
    const clock = manualClock();
    const { sessions, store, open } = await visitor({ views: 1 }, 2, clock.now);
    const failed: string[] = [];
    sessions.on('failed', ({ error }) => failed.push(error.code));
    const { destroy } = store;
    store.destroy = () => Promise.reject(new Error('connection lost'));
    await (await open()).exclusively((alone) => alone.increment('views'));
    store.destroy = destroy;
    expect(failed).toEqual(['store-failed']);
    clock.advance('30s');
    expect(await (await open(1)).exclusively((alone) => alone.get('views'))).toBe(2);
  });
});

test('sealed sessions have neither verb', async () => {
  const sessions = createSessions<Data>({
    store: cookieSessions(),
    secret: randomBytes(32).toString('base64url'),
  });
  const session = await sessions.open({}, { secure: true });
  await expect(session.take('views')).rejects.toMatchObject({ code: 'unsupported' });
  await expect(session.exclusively(() => undefined)).rejects.toMatchObject({ code: 'unsupported' });
});
