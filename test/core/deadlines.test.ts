import { stat } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createSessions, isSessionError, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';
import { visits } from './visits.js';

interface Data {
  n: number;
  a: number;
  x: number;
}

/** A store whose verbs can be made silent; counts the calls of silent ones. */
function stalling(store: SessionStore, silent: Set<string>, calls: string[] = []): SessionStore {
  const call = <Answer>(verb: string, answer: () => Promise<Answer>): Promise<Answer> => {
    if (!silent.has(verb)) return answer();
    calls.push(verb);
    return new Promise(() => undefined);
  };
  return {
    ...store,
    read: (id) => call('read', () => store.read(id)),
    create: (id, record) => call('create', () => store.create(id, record)),
    update: (id, record, version) => call('update', () => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) => call('touch', () => store.touch(id, expiresAt, touchedAt)),
    destroy: (id, version) => call('destroy', () => store.destroy(id, version)),
  };
}

function setUp(storeTimeout: number) {
  const silent = new Set<string>();
  const calls: string[] = [];
  const made = visits<Data>({ storeTimeout }, (store) => stalling(store, silent, calls));
  return { ...made, silent, calls };
}

async function codeAndTime(task: Promise<unknown>): Promise<[string, number]> {
  const since = performance.now();
  const code = await task.then(
    () => 'ok',
    (error: unknown) => (isSessionError(error) ? error.code : 'unknown'),
  );
  return [code, performance.now() - since];
}

describe('F-08 one budget for a request', () => {
  test('twenty writers on a silent store fail after one deadline, and one of them called it', async () => {
    const { visit, open, sessions, silent, calls, found } = setUp(300);
    const token = await visit('', (session) => session.set('n', 0));
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(token)));
    silent.add('update');
    const ends = await Promise.all(
      opened.map((session) => {
        session.increment('n');
        return codeAndTime(sessions.commit(session));
      }),
    );
    for (const [code, time] of ends) {
      expect(code).toBe('store-timeout');
      // Twenty of them would take six seconds.
      expect(time).toBeLessThan(5 * 300);
    }
    expect(calls).toEqual(['update']);
    silent.clear();
    await visit(token, (session) => session.increment('n'));
    expect(await found(token)).toEqual({ n: 1 });
  });

  test('a commit whose retries take long ends with the budget of the first try', async () => {
    // Another process writes before each of ours, and each call takes a part of the time.
    const { store, sessions, visit, open } = visits<Data>({ storeTimeout: 200 }, (inner) => ({
      ...inner,
      async update(id, record, version) {
        await sleep(30);
        const found = await inner.read(id);
        if (found !== undefined) await inner.update(id, found.record, found.version);
        return inner.update(id, record, version);
      },
    }));
    const token = await visit('', (session) => session.set('n', 0));
    const session = await open(token);
    session.increment('n');
    const [code, time] = await codeAndTime(sessions.commit(session));
    expect(['conflict', 'store-timeout']).toContain(code);
    expect(time).toBeLessThan(5 * 200);
    expect(await store.count?.()).toBe(1);
  });

  test.for(['read', 'list', 'ofUser', 'destroyUser', 'count', 'prune', 'destroyAll'] as const)(
    '%s has a deadline too',
    async (verb) => {
      const silence = (): Promise<never> => new Promise(() => undefined);
      // A walk through the whole store gets 300 milliseconds.
      const { sessions } = visits<Data>({ storeTimeout: 1 }, (store) => ({
        ...store,
        read: silence,
        byUser: silence,
        list: silence,
        count: silence,
        prune: silence,
        clear: silence,
      }));
      const call: Promise<unknown> = {
        read: () => sessions.read('id'),
        list: () => sessions.list(),
        ofUser: () => sessions.ofUser('ada'),
        destroyUser: () => sessions.destroyUser('ada'),
        count: () => sessions.count(),
        prune: () => sessions.prune(),
        destroyAll: () => sessions.destroyAll(),
      }[verb]();
      await expect(call).rejects.toMatchObject({ code: 'store-timeout' });
    },
  );

  test('a walk through the whole store may take longer than a call', async () => {
    const { sessions, visit } = visits<Data>({ storeTimeout: 20 }, (store) => ({
      ...store,
      async count() {
        await sleep(100);
        return (await store.count?.()) ?? 0;
      },
    }));
    await visit('', (session) => session.set('n', 0).login('ada'));
    expect(await sessions.count()).toBe(1);
  });

  test('a call whose answer is there is no time-out, however busy the event loop was', async () => {
    const inner = memoryStore();
    const answered = (): Promise<void> =>
      new Promise((resolve) => stat(import.meta.filename, () => resolve()));
    const store: SessionStore = {
      ...inner,
      async read(id) {
        await answered();
        return inner.read(id);
      },
      async update(id, record, version) {
        await answered();
        return inner.update(id, record, version as number);
      },
    };
    const busy = (): void => {
      const until = performance.now() + 300;
      while (performance.now() < until);
    };
    const visitor = new Visitor(createSessions<Data>({ store, storeTimeout: 150 }));
    await visitor.visit((session) => session.set('n', 0));
    const opening = visitor.open();
    setImmediate(busy);
    const session = await opening;
    session.increment('n');
    const answering = visitor.answer(session);
    setImmediate(busy);
    await answering;
    expect(session.outcome).toBe('updated');
  });
});

describe('V-02 a commit whose session moved', () => {
  /** A session that another request renews while `slow` is under way. */
  async function renewedMeanwhile(wrap: (store: SessionStore) => SessionStore) {
    const made = visits<Data>({ rotateAfter: '15m' }, wrap);
    const { visit, open, clock } = made;
    const old = await visit('', (session) => session.set('n', 0));
    clock.advance('16m');
    const slow = await open(old);
    slow.increment('n');
    const token = await visit(old, () => undefined);
    return { ...made, old, slow, token };
  }

  test('changes lines: no two writes of one session are under way at once', async () => {
    const underWay = new Map<string, number>();
    let most = 0;
    const { slow, token, open, sessions, found } = await renewedMeanwhile((store) => ({
      ...store,
      async update(id, record, version) {
        // Traces have no line.
        if (record.createdAt === 0) return store.update(id, record, version);
        const count = (underWay.get(id) ?? 0) + 1;
        underWay.set(id, count);
        most = Math.max(most, count);
        await sleep(5);
        const written = await store.update(id, record, version);
        underWay.set(id, (underWay.get(id) ?? 0) - 1);
        return written;
      },
    }));
    most = 0;
    const fast = await Promise.all(Array.from({ length: 5 }, () => open(token)));
    for (const session of fast) session.increment('n');
    await Promise.all([slow, ...fast].map((session) => sessions.commit(session)));
    expect([await found(token), most]).toEqual([{ n: 6 }, 1]);
  });

  test('F-33 counts once although its reply was lost and another process wrote meanwhile', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const { slow, token, open, sessions, other, found } = await renewedMeanwhile((store) => ({
      ...store,
      async update(id, record, version) {
        const written = await store.update(id, record, version);
        const task = written === undefined ? undefined : meanwhile;
        if (task === undefined) return written;
        meanwhile = undefined;
        await task();
        return store.update(id, record, version);
      },
    }));
    meanwhile = async () => {
      const session = await open(token, other);
      session.increment('n');
      await other.commit(session);
    };
    await sessions.commit(slow);
    expect(await found(token)).toEqual({ n: 2 });
  });
});

describe('F-33 a commit whose reply was lost', () => {
  async function afterOthers(processes: number) {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const made = visits<Data>({}, (store) => ({
      ...store,
      async update(id, record, version) {
        const written = await store.update(id, record, version);
        const task = meanwhile;
        if (task === undefined) return written;
        meanwhile = undefined;
        await task();
        return store.update(id, record, version);
      },
    }));
    const token = await made.visit('', (session) => session.set('n', 0));
    meanwhile = async () => {
      const { id } = await made.open(token);
      for (let index = 0; index < processes; index++) {
        const writer = createSessions<Data>({ store: made.store, now: made.clock.now });
        await writer.change(id, (session) => session.increment('n'));
      }
    };
    const session = await made.open(token);
    session.increment('n');
    const commit = await made.commit(session, token).then(
      () => 'ok',
      (error: unknown) => error,
    );
    return { commit, found: await made.found(token) };
  }

  test('is recognised while the record remembers its writers', async () => {
    expect(await afterOthers(15)).toEqual({ commit: 'ok', found: { n: 16 } });
  });

  test('is a typed conflict when the record has forgotten them: nothing is guessed', async () => {
    const { commit, found } = await afterOthers(16);
    expect(commit).toMatchObject({
      code: 'conflict',
      status: 503,
      message: expect.stringMatching(/not known whether/),
    });
    expect(found).toEqual({ n: 17 });
  });
});
