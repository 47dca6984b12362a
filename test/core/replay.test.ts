import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/core/session.js';
import {
  createSessions,
  headerTransport,
  type SessionOptions,
  type SessionStore,
} from '../../src/index.js';
import { seeded } from '../security/seeded.js';
import { FAULTS, lossyStore, network } from './lossy-store.js';
import { sentToken, visits } from './visits.js';

interface Data {
  n: number;
}

const ROTATION = { rotateAfter: '15m', rotationOverlap: '30s' } as const;
const nothing = (): void => undefined;

function setUp(wrap?: (store: SessionStore) => SessionStore, options?: Partial<SessionOptions>) {
  const made = visits<Data>({ ...ROTATION, ...options }, wrap);
  const events: string[] = [];
  for (const server of [made.sessions, made.other])
    server.on('replayed', () => events.push('replayed'));
  return { ...made, events };
}

const begin = (session: Session<Data>): unknown => session.set('n', 0).login('ada');

describe('S-15 when a renewed token was first used', () => {
  test('a token that was used before its own successor was lost goes on working', async () => {
    const { visit, clock, found, events } = setUp();
    const t0 = await visit('', begin);
    clock.advance('16m');
    const t1 = await visit(t0, nothing);
    clock.advance('20m');
    // T1 comes back for the first time, and the answer with T2 is lost.
    const t2 = await visit(t1, nothing);
    expect(t2).not.toBe(t1);
    clock.advance('31s');
    expect([await found(t1), await found(t2), events]).toEqual([{ n: 0 }, { n: 0 }, []]);
  });

  test('is noted before the next renewal too', async () => {
    const { visit, clock, open, found, events } = setUp();
    const t0 = await visit('', begin);
    clock.advance('16m');
    const t1 = await visit(t0, nothing);
    clock.advance('20m');
    // T1 comes back for the first time and is due at once; the client never gets T2.
    await visit(t1, nothing);
    clock.advance('31s');
    expect([await found(t1), events]).toEqual([{ n: 0 }, []]);
    expect((await open(t0)).isNew).toBe(true);
    expect(events).toEqual(['replayed']);
  });

  test('is noted on the trace alone, by a write of its own', async () => {
    const writes: [string, boolean][] = [];
    const { visit, clock, open, found } = setUp((store) => ({
      ...store,
      update(id, record, version) {
        writes.push([id, record.createdAt === 0]);
        return store.update(id, record, version);
      },
    }));
    const t0 = await visit('', begin);
    const { id } = await open(t0);
    clock.advance('16m');
    const t1 = await visit(t0, nothing);
    writes.length = 0;
    await visit(t1, nothing);
    expect(writes.filter(([, isTrace]) => isTrace)).toEqual([[id, true]]);
    writes.length = 0;
    await visit(t1, (session) => session.increment('n'));
    expect(writes.map(([, isTrace]) => isTrace)).toEqual([false]);
    expect(await found(t1)).toEqual({ n: 1 });
  });

  test('is noted once by many requests at once, and their changes are all there', async () => {
    const { visit, clock, open, sessions, other, found, events } = setUp();
    const t0 = await visit('', begin);
    clock.advance('16m');
    const t1 = await visit(t0, nothing);
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const server = index % 2 === 0 ? sessions : other;
        const session = await open(t1, server);
        session.increment('n');
        await server.commit(session);
      }),
    );
    expect([await found(t1), events]).toEqual([{ n: 20 }, []]);
    clock.advance('31s');
    expect((await open(t0)).isNew).toBe(true);
    expect(events).toEqual(['replayed']);
  });

  test('is noted although the old token is used at the same time', async () => {
    // The old token's request extends the trace between the read and the write of the note.
    let meanwhile: (() => Promise<unknown>) | undefined;
    const { visit, clock, open, events } = setUp((store) => ({
      ...store,
      async update(id, record, version) {
        const task = record.createdAt === 0 ? meanwhile : undefined;
        if (task !== undefined) {
          meanwhile = undefined;
          await task();
        }
        return store.update(id, record, version);
      },
    }));
    const t0 = await visit('', begin);
    clock.advance('16m');
    const t1 = await visit(t0, nothing);
    clock.advance('2m');
    meanwhile = () => visit(t0, (session) => session.increment('n'));
    await visit(t1, nothing);
    clock.advance('31s');
    expect((await open(t0)).isNew).toBe(true);
    expect(events).toEqual(['replayed']);
  });

  test('ends every token that the client had before, also after lost answers', async () => {
    for (const index of [0, 1, 2]) {
      const { visit, clock, open, events } = setUp();
      const t0 = await visit('', begin);
      // The answers with T1 and T2 are lost; T3 arrives and is used.
      const lost: string[] = [];
      for (let round = 0; round < 2; round++) {
        clock.advance('16m');
        lost.push(await visit(t0, nothing));
      }
      clock.advance('16m');
      const t3 = await visit(t0, nothing);
      await visit(t3, nothing);
      clock.advance('31s');
      const stolen = [t0, ...lost][index] ?? '';
      expect((await open(stolen)).isNew).toBe(true);
      expect(events).toEqual(['replayed']);
      expect((await open(t3)).isNew).toBe(true);
    }
  });
});

describe('S-15 a replay is judged when the token is presented', () => {
  test('a request that was admitted keeps its change, however long it runs', async () => {
    const { visit, clock, open, commit, found, events } = setUp();
    const t0 = await visit('', begin);
    clock.advance(15 * 60_000 - 1000);
    const upload = await open(t0);
    clock.advance('2s');
    const t1 = await visit(t0, nothing);
    clock.advance('1s');
    await visit(t1, nothing);
    clock.advance('31s');
    upload.increment('n');
    expect(await commit(upload, t0)).toBe(t0);
    expect([upload.outcome, await found(t1), events]).toEqual(['updated', { n: 1 }, []]);
  });

  test.for(['save', 'reload', 'logout', 'regenerate'] as const)(
    'so does %s of such a request',
    async (verb) => {
      const { visit, clock, open, found, events } = setUp();
      const t0 = await visit('', begin);
      const long = await open(t0);
      clock.advance('16m');
      const t1 = await visit(t0, nothing);
      await visit(t1, nothing);
      clock.advance('31s');
      if (verb !== 'reload') long.increment('n');
      const outcome = await long[verb]();
      const expected = { save: 'updated', reload: 'unchanged', logout: 'destroyed' } as const;
      expect(outcome).toBe(verb === 'regenerate' ? 'regenerated' : expected[verb]);
      if (verb === 'save') expect(await found(t1)).toEqual({ n: 1 });
      if (verb === 'logout' || verb === 'regenerate') expect(await found(t1)).toBeUndefined();
      expect(events).toEqual([]);
    },
  );

  test('a reload that finds the session under its new token does not pass for its first use', async () => {
    const { visit, clock, open, commit, found, events } = setUp();
    const t0 = await visit('', begin);
    clock.advance('16m');
    const reloading = await open(t0);
    // The answer with the new token is lost.
    await visit(t0, nothing);
    await reloading.reload();
    reloading.increment('n');
    await commit(reloading, t0);
    clock.advance('31s');
    expect([await found(t0), events]).toEqual([{ n: 1 }, []]);
  });

  test('a touch of such a request moves with the session, so later changes are kept', async () => {
    const { visit, clock, open, commit, found } = setUp();
    const t0 = await visit('', begin);
    const long = await open(t0);
    clock.advance('16m');
    const t1 = await visit(t0, nothing);
    clock.advance('2m');
    expect(await long.touch().save()).toBe('touched');
    long.increment('n');
    await commit(long, t0);
    expect([long.outcome, await found(t1)]).toEqual(['updated', { n: 1 }]);
  });
});

describe('S-15 renewals under lost answers', () => {
  test.for([1, 2, 3, 4])('sign nobody out, seed %i', async (seed) => {
    const random = seeded(seed);
    const net = network();
    let isLossy = false;
    const wrap = (store: SessionStore): SessionStore =>
      lossyStore(
        store,
        () => (isLossy && random(6) === 0 ? (FAULTS[random(4)] ?? 'none') : 'none'),
        net,
      );
    const server = setUp(wrap, { storeTimeout: 80 });
    const { store, clock, open, sessions, other, events } = server;
    // Looks without faults, and with time for a busy machine.
    const transport = headerTransport('x-session');
    const judge = createSessions<Data>({ ...ROTATION, store, now: clock.now, transport });
    const begun = async (): Promise<string> => {
      const session = await judge.open({});
      await begin(session);
      return sentToken(await judge.commit(session)) ?? '';
    };
    const clients = await Promise.all(Array.from({ length: 8 }, begun));
    isLossy = true;

    /** One request; gives the token that the server sent, if it answered. */
    async function request(token: string): Promise<string | undefined> {
      const from = random(2) === 0 ? sessions : other;
      const session = await open(token, from);
      if (random(2) === 0) session.increment('n');
      return sentToken(await from.commit(session));
    }
    for (let round = 0; round < 25; round++) {
      clock.advance(random(2) === 0 ? '4m' : '17m');
      await Promise.all(
        clients.map(async (token, index) => {
          const sent = await request(token).catch((error) => {
            expect(error).toMatchObject({ status: 503 });
            return undefined;
          });
          // Every third answer does not reach its client.
          if (sent !== undefined && random(3) > 0) clients[index] = sent;
        }),
      );
      await net.deliver();
      for (const token of clients)
        expect((await judge.open({ 'x-session': token })).userId).toBe('ada');
    }
    expect(events).toEqual([]);
    expect(await judge.destroyUser('ada')).toBe(clients.length);
  });
});
