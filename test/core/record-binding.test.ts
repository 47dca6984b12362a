import { describe, expect, test } from 'vitest';
import {
  createSessions,
  headerTransport,
  type SessionOptions,
  type SessionRecord,
} from '../../src/index.js';
import { visits } from './visits.js';

interface Data {
  n: number;
  text: string;
}

const secret = 'Zk3pXw9QeT1uYr7aLs5dFg2hJk8mNb4vCx6z0';

/** Sessions of two users, and a way to write into their store as an intruder would. */
async function setUp(options: Partial<SessionOptions>) {
  const made = visits<Data>({ secret, ...options });
  const { visit, open, store, sessions } = made;
  const rejected: (string | undefined)[] = [];
  sessions.on('rejected', ({ reason, id }) => rejected.push(`${reason} ${id}`));
  const token = await visit('', (session) => session.set('n', 1).login('mallory'));
  const { id } = await open(token);
  return {
    ...made,
    token,
    id,
    rejected,
    async write(change: Partial<Record<keyof SessionRecord, unknown>>, target = id) {
      const found = await store.read(target);
      if (found === undefined) throw new Error('There is no record to write over.');
      const record = { ...found.record, ...change } as SessionRecord;
      expect(await store.update(target, record, found.version)).toBeDefined();
    },
    /** Everything that shows the session. */
    async shown() {
      const session = await open(token);
      return {
        isNew: session.isNew,
        data: { ...session.all() },
        read: await sessions.read(id),
        listed: (await sessions.list()).sessions.map((entry) => entry.id),
        users: [await sessions.ofUser('mallory'), await sessions.ofUser('admin')].flat(),
      };
    },
  };
}

const HIDDEN = { isNew: true, data: {}, read: undefined, listed: [], users: [] };

describe('S-42 an encrypted record is bound to its session', () => {
  const encrypted = { encrypt: true } as const;

  test.for([
    ['another user', { userId: 'admin' }],
    ['no user', { userId: undefined }],
    ['a later beginning', { createdAt: Date.now() + 1e9 }],
    ['the mark of a moved record', { createdAt: 0 }],
  ] as const)('%s makes it unreadable, with an event', async ([, change]) => {
    const { write, shown, rejected, id } = await setUp(encrypted);
    await write(change);
    expect(await shown()).toEqual(HIDDEN);
    expect(new Set(rejected)).toEqual(new Set([`record ${id}`]));
  });

  test('it does not open under another id', async () => {
    const { visit, open, store, write, shown, rejected, id } = await setUp(encrypted);
    const { id: victim } = await open(await visit('', (session) => session.login('mallory')));
    const copied = await store.read(victim);
    await write({ ...copied?.record });
    const { isNew, read } = await shown();
    expect([isNew, read, rejected[0]]).toEqual([true, undefined, `record ${id}`]);
  });

  test('a trace does not open in place of a session, nor of another trace', async () => {
    const { visit, open, store, write, shown, id } = await setUp(encrypted);
    const first = await visit('', (session) => session.login('admin'));
    const { id: moved } = await open(first);
    await visit(first, (session) => session.regenerate());
    const trace = await store.read(moved);
    await write({ ...trace?.record, userId: undefined });
    expect(await shown()).toMatchObject({ isNew: true, data: {}, read: undefined });
    expect((await open(first)).trace().join()).toMatch(/gone/);
    expect(id).not.toBe(moved);
  });

  test('a touch, which does not know the key, leaves it readable', async () => {
    const { clock, visit, token, found } = await setUp(encrypted);
    clock.advance('10m');
    await visit(token, (session) => session.touch());
    expect(await found(token)).toEqual({ n: 1 });
  });

  test('it can still be destroyed, by id and with all of its user', async () => {
    for (const verb of ['destroy', 'destroyUser'] as const) {
      const { write, sessions, store, id } = await setUp(encrypted);
      await write({ createdAt: Date.now() + 1e9 });
      if (verb === 'destroy') expect(await sessions.destroy(id)).toBe(true);
      else expect(await sessions.destroyUser('mallory')).toBe(1);
      expect(await store.read(id)).toBeUndefined();
    }
  });
});

describe.for([{ encrypt: false }, { encrypt: true }])(
  'V-12 a record that cannot be right (%o)',
  (options) => {
    test.for([
      ['createdAt', Number.NaN],
      ['createdAt', '2026-01-01'],
      ['touchedAt', Number.NaN],
      ['touchedAt', 'yesterday'],
      ['expiresAt', '9999999999999'],
    ] as const)('whose %s is %o is unreadable', async ([field, value]) => {
      const made = await setUp(options);
      const { sessions, token, id, store, clock } = made;
      // Stores that keep what they are given; the memory store has numbers only.
      const damaged = createSessions<Data>({
        ...options,
        secret,
        now: clock.now,
        transport: headerTransport('x-session'),
        store: {
          ...store,
          async read(wanted) {
            const found = await store.read(wanted);
            return found && { ...found, record: { ...found.record, [field]: value } };
          },
          async list(page) {
            const found = await store.list?.(page);
            const entries = (found?.entries ?? []).map((entry) => ({
              ...entry,
              record: { ...entry.record, [field]: value },
            }));
            return { ...found, entries };
          },
        },
      });
      const rejected: string[] = [];
      damaged.on('rejected', ({ reason }) => rejected.push(reason));
      expect((await damaged.open({ 'x-session': token })).isNew).toBe(true);
      expect(await damaged.read(id)).toBeUndefined();
      expect((await damaged.list()).sessions).toEqual([]);
      expect(rejected).toEqual(['record', 'record', 'record']);
      expect((await sessions.read(id))?.data).toEqual({ n: 1 });
    });

    test('longer than maxLength is unreadable in every look-up, and can be destroyed', async () => {
      const made = await setUp(options);
      const { visit, token, id, store, clock } = made;
      await visit(token, (session) => session.set('text', 'x'.repeat(1000)));
      const small = createSessions<Data>({
        ...options,
        secret,
        store,
        now: clock.now,
        transport: headerTransport('x-session'),
        maxLength: 500,
      });
      const rejected: string[] = [];
      small.on('rejected', ({ reason }) => rejected.push(reason));
      expect((await small.open({ 'x-session': token })).isNew).toBe(true);
      expect(await small.read(id)).toBeUndefined();
      expect([await small.ofUser('mallory'), (await small.list()).sessions]).toEqual([[], []]);
      await expect(small.change(id, () => undefined)).rejects.toMatchObject({
        code: 'invalid-record',
        message: expect.stringMatching(/maxLength \(500\)/),
      });
      expect(new Set(rejected)).toEqual(new Set(['record']));
      expect(await small.destroy(id)).toBe(true);
      expect(await store.read(id)).toBeUndefined();
    });
  },
);
