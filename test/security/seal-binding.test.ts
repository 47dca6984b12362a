import { describe, expect, test } from 'vitest';
import {
  cookieSessions,
  createSessions,
  type RequestHeaders,
  type SessionOptions,
  type SessionRecord,
} from '../../src/index.js';
import { createSealer } from '../../src/keys/seal.js';
import { deriveKey } from '../../src/keys/secrets.js';
import { memoryStore } from '../../src/stores/memory.js';
import { Visitor } from '../visitor.js';

const FIRST = 'Vb3QmXz7Lr0TnYc5KeWu9HsPd2GfJa8i';
const SECOND = 'o6RtEwZ1CqMx4UvBy7NkLs0DhGj3FpAa';

describe('V-09: an encrypted record', () => {
  async function twoSessions() {
    const store = memoryStore();
    const sessions = createSessions<{ name: string }>({ store, secret: FIRST, encrypt: true });
    const rejected: string[] = [];
    sessions.on('rejected', ({ reason }) => rejected.push(reason));
    const visitors = [];
    for (const name of ['alice', 'mallory']) {
      const visitor = new Visitor(sessions);
      const { session } = await visitor.visit((session) => session.set('name', name));
      visitors.push({
        visitor,
        id: session.id,
        nameNow: async () => (await visitor.open()).get('name'),
      });
    }
    const write = async (id: string, change: (record: SessionRecord) => SessionRecord) => {
      const found = await store.read(id);
      if (found === undefined) expect.unreachable('the record is gone');
      await store.update(id, change(found.record), found.version);
    };
    const dataOf = async (id: string): Promise<string> => (await store.read(id))?.record.data ?? '';
    const [alice, mallory] = visitors;
    if (alice === undefined || mallory === undefined) expect.unreachable('two visitors');
    return { alice, mallory, write, dataOf, rejected };
  }

  test('opens in its own session and in no other', async () => {
    const { alice, mallory, write, dataOf, rejected } = await twoSessions();
    expect(await mallory.nameNow()).toBe('mallory');
    const hers = await dataOf(alice.id);
    await write(mallory.id, (record) => ({ ...record, data: hers }));
    expect(await mallory.nameNow()).toBeUndefined();
    expect(rejected).toEqual(['record']);
    expect(await alice.nameNow()).toBe('alice');
  });

  test('is not replaced by text that was never sealed', async () => {
    const { alice, write, rejected } = await twoSessions();
    await write(alice.id, (record) => ({ ...record, data: '{"name":"root"}' }));
    expect(await alice.nameNow()).toBeUndefined();
    expect(rejected).toEqual(['record']);
  });
});

describe('V-09: a sealed session', () => {
  /** The sealed token that a visitor is given, and who it makes of a request to another server. */
  async function sealedFor(options: SessionOptions['cookie']): Promise<string> {
    const visitor = new Visitor(sealing(options));
    await visitor.visit((session) => session.set('name', 'alice'));
    return visitor.token;
  }

  const sealing = (cookie: SessionOptions['cookie'], secret = FIRST) =>
    createSessions<{ name: string }>({ store: cookieSessions(), secret, cookie });

  const nameFrom = async (
    cookie: SessionOptions['cookie'],
    headers: RequestHeaders,
    secret = FIRST,
  ) => (await sealing(cookie, secret).open(headers, { secure: true })).get('name');

  test('opens under the name of its cookie and of its secret only', async () => {
    const token = await sealedFor({ name: 'shop' });
    expect(await nameFrom({ name: 'shop' }, { cookie: `shop=${token}` })).toBe('alice');
    expect(await nameFrom({ name: 'admin' }, { cookie: `admin=${token}` })).toBeUndefined();
    expect(await nameFrom({ name: 'shop' }, { cookie: `shop=${token}` }, SECOND)).toBeUndefined();
  });

  test('is no record of a store, and no record is one', async () => {
    const text = '{"id":"x"}\n{"name":"root"}';
    const record = createSealer([FIRST], 'record').seal(text, 'shop');
    expect(createSealer([FIRST], 'token').open(record, 'shop')).toBeUndefined();
    expect(await nameFrom({ name: 'shop' }, { cookie: `shop=${record}` })).toBeUndefined();
  });
});

test('S-40: each purpose has a key, a key id and a bound text of its own', () => {
  const purposes = ['record', 'token', 'recor'];
  const headOf = (purpose: string): string =>
    Buffer.from(createSealer([FIRST], purpose).seal('', ''), 'base64url').toString('hex', 1, 5);
  expect(new Set(purposes.map(headOf)).size).toBe(purposes.length);
  const keys = purposes.map((purpose) => deriveKey(FIRST, `sojourn seal ${purpose}`).export());
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(purposes.length);
});

test('V-09: the end of a purpose and the start of a context do not run together', () => {
  const sealed = createSealer([FIRST], 'record').seal('text', 'id');
  for (const [purpose, context] of [
    ['recor', 'did'],
    ['recordid', ''],
    ['record', 'id '],
    ['record', ''],
  ] as const)
    expect(createSealer([FIRST], purpose).open(sealed, context)).toBeUndefined();
});
