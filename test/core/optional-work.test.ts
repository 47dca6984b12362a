import { describe, expect, test } from 'vitest';
import type { SessionOptions, SessionStore } from '../../src/index.js';
import { visits } from './visits.js';

interface Data {
  n: number;
}

/** A store that becomes read-only, as a database does during a fail-over. */
function setUp(options: Partial<SessionOptions> = {}) {
  let isReadOnly = false;
  const deny = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
    isReadOnly ? Promise.reject(new Error('read-only transaction')) : call();
  const wrap = (store: SessionStore): SessionStore => ({
    ...store,
    create: (id, record) => deny(() => store.create(id, record)),
    update: (id, record, version) => deny(() => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) => deny(() => store.touch(id, expiresAt, touchedAt)),
  });
  const made = visits<Data>(options, wrap);
  const failed: string[] = [];
  made.sessions.on('failed', ({ error }) => failed.push(error.code));
  return {
    ...made,
    failed,
    setReadOnly(value: boolean) {
      isReadOnly = value;
    },
  };
}

const WAYS = [
  ['a touch', {}],
  ['a touch', { onStoreError: 'anonymous' }],
  ['a renewal', { rotateAfter: '10m' }],
] as const;

describe.for(WAYS)('F-09 %s that the store refuses (%o)', ([, options]) => {
  test('is an event, and pages that only read are served', async () => {
    const { visit, open, commit, clock, failed, setReadOnly } = setUp(options);
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('11m');
    setReadOnly(true);
    for (let request = 0; request < 10; request++) {
      const session = await open(token);
      expect(session.get('n')).toBe(1);
      expect(await commit(session, token)).toBe(token);
    }
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed)).toEqual(new Set(['store-failed']));
  });

  test('waits for its next turn', async () => {
    const { visit, open, clock, setReadOnly } = setUp(options);
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('11m');
    setReadOnly(true);
    await visit(token, (session) => session.get('n'));
    setReadOnly(false);
    const next = await visit(token, (session) => session.get('n'));
    expect(next === token).toBe(!('rotateAfter' in options));
    expect((await open(next)).expiresAt).toBeGreaterThan(clock.now() + 2 * 3_600_000);
  });

  test('does not take a change along: the change fails its request', async () => {
    const { visit, open, commit, clock, found, setReadOnly } = setUp(options);
    const token = await visit('', (session) => session.set('n', 1));
    clock.advance('11m');
    const session = await open(token);
    session.increment('n');
    setReadOnly(true);
    await expect(commit(session, token)).rejects.toMatchObject({ code: 'store-failed' });
    expect(await found(token)).toEqual({ n: 1 });
  });
});

test('F-09 a change is stored although the store makes no new records for its renewal', async () => {
  const { visit, clock, found, sessions } = visits<Data>({ rotateAfter: '10m' }, (store) => {
    let created = 0;
    return {
      ...store,
      create: (id, record) =>
        created++ === 0 ? store.create(id, record) : Promise.reject(new Error('disk full')),
    };
  });
  const failed: string[] = [];
  sessions.on('failed', ({ error }) => failed.push(error.code));
  const token = await visit('', (session) => session.set('n', 1));
  clock.advance('11m');
  expect(await visit(token, (session) => session.increment('n'))).toBe(token);
  expect([await found(token), failed]).toEqual([{ n: 2 }, ['store-failed']]);
});

test('F-09 a change with an old token is stored although the trace cannot be extended', async () => {
  let refusesTraces = false;
  const server = visits<Data>({ rotateAfter: '10m' }, (store) => ({
    ...store,
    update: (id, record, version) =>
      refusesTraces && record.createdAt === 0
        ? Promise.reject(new Error('connection reset'))
        : store.update(id, record, version),
  }));
  const { visit, clock, found, sessions } = server;
  const failed: string[] = [];
  sessions.on('failed', ({ error }) => failed.push(error.code));
  const old = await visit('', (session) => session.set('n', 1));
  clock.advance('11m');
  await visit(old, () => undefined);
  clock.advance('2m');
  refusesTraces = true;
  expect(await visit(old, (session) => session.increment('n'))).toBe(old);
  expect([await found(old), failed]).toEqual([{ n: 2 }, ['store-failed']]);
});
