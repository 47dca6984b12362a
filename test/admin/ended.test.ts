import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EndedSession, keepEnded } from '../../src/admin/index.js';
import { createSessions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { dashboard } from './dashboard.js';
import { type OpenPlace, places } from './places.js';

interface Ended {
  readonly ended: readonly EndedSession[];
  readonly next?: string;
  readonly isKept: boolean;
  readonly dropped: number;
}

type Json = (path: string) => Promise<unknown>;

/** All endings, page by page. */
async function all(json: Json, query = ''): Promise<EndedSession[]> {
  const found: EndedSession[] = [];
  for (let after = ''; ; ) {
    const page = (await json(`/ended?limit=20${query}${after}`)) as Ended;
    expect(page.isKept).toBe(true);
    expect(page.ended.length).toBeLessThanOrEqual(20);
    found.push(...page.ended);
    if (page.next === undefined) return found;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

describe.each(places)('ended sessions on $name', ({ missing, open }) => {
  if (missing !== undefined) {
    test.skip(`not here: ${missing}`, () => undefined);
    return;
  }

  const clock = manualClock();
  let place: OpenPlace;

  beforeEach(async () => {
    place = await open(clock.now);
  });
  afterEach(() => place.remove());

  test('are shown with their reason, those of another server too, and are no sessions', async () => {
    const { json, visit, sessions } = dashboard(place.store, { now: clock.now });
    const other = createSessions({ store: place.store, now: clock.now });
    const kept = keepEnded(other, { now: clock.now });
    const ada = await visit({ userId: 'ada' });
    const bob = await visit({ userId: 'bob' });
    const nobody = await visit();
    const createdAt = clock.now();
    clock.advance('5m');
    await sessions.destroy(ada);
    clock.advance('70m');
    await other.destroyUser('bob');
    await kept.close();
    const ended = await all(json);
    expect(ended.map(({ id, userId, reason }) => [id, userId, reason])).toEqual([
      [bob, 'bob', 'revoked'],
      [ada, 'ada', 'revoked'],
    ]);
    expect(ended[1]).toMatchObject({ createdAt, endedAt: createdAt + 5 * 60_000 });
    expect((await all(json, '&user=ada')).map(({ id }) => id)).toEqual([ada]);
    expect(await all(json, '&reason=logout')).toEqual([]);
    expect(await sessions.ofUser('ada')).toEqual([]);
    const listed: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await sessions.list({ limit: 100, after });
      listed.push(...page.sessions.map(({ id }) => id));
      after = page.next;
      if (after === undefined) break;
    }
    expect(listed).toEqual([nobody]);
  });

  test('come in pages, the last ones first, and leave after endedFor', async () => {
    const { admin, json, visit, sessions } = dashboard(place.store, {
      now: clock.now,
      endedFor: '3d',
    });
    const ids: string[] = [];
    for (let count = 0; count < 45; count++) {
      const id = await visit({ userId: `user ${count % 3}` });
      ids.push(id);
      await sessions.destroy(id);
      clock.advance('11m');
    }
    await admin.close();
    expect((await all(json)).map(({ id }) => id).sort()).toEqual(ids.slice().sort());
    const hours = (await all(json)).map(({ endedAt }) => Math.floor(endedAt / 3_600_000));
    expect(hours).toEqual(hours.toSorted((one, other) => other - one));
    expect(await all(json, '&user=user%201')).toHaveLength(15);
    clock.advance('3d');
    expect(await all(json)).toEqual([]);
  });
});

test('a session whose time is over is kept once, however many requests see that', async () => {
  const clock = manualClock();
  // The store's own clock stands still, so that the core sees the deadline pass.
  const store = memoryStore({ now: () => 0 });
  const { json, sessions } = dashboard(store, { now: clock.now });
  const session = await sessions.open({}, { secure: true });
  session.set('a', 1);
  const [cookie = ''] = (await sessions.commit(session)).cookies.map(
    ({ name, value }) => `${name}=${value}`,
  );
  clock.advance('1d');
  for (let count = 0; count < 3; count++) await sessions.open({ cookie }, { secure: true });
  const ended = await all(json);
  expect(ended.map(({ reason }) => reason)).toEqual(['idle']);
});

test('no token and no data are kept', async () => {
  const written: string[] = [];
  const kept = memoryStore();
  const store: SessionStore = {
    ...kept,
    create(id, record) {
      written.push(JSON.stringify([id, record]));
      return kept.create(id, record);
    },
  };
  const { admin, sessions } = dashboard(store);
  const session = await sessions.open({}, { secure: true });
  session.set('secret', 'needle');
  await session.login('ada');
  const [token = ''] = (await sessions.commit(session)).cookies.map(({ value }) => value);
  const before = written.length;
  await sessions.destroy(session.id);
  await admin.close();
  const ofEnding = written.slice(before).join('\n');
  expect(ofEnding).toContain('revoked');
  expect(ofEnding).not.toContain('needle');
  expect(ofEnding).not.toContain(token);
});

test('with endedFor: false nothing is written, and the process remembers the last ones', async () => {
  const store = memoryStore();
  const { json, visit, sessions } = dashboard(store, { endedFor: false });
  const id = await visit({ userId: 'ada' });
  await sessions.destroy(id);
  expect(await json('/ended')).toMatchObject({ isKept: false, ended: [{ id, reason: 'revoked' }] });
  expect(await json('/ended?user=bob')).toMatchObject({ ended: [] });
  expect((await store.byUser?.('sojourn ended hours', { limit: 10 }))?.entries).toEqual([]);
});

test('a store that cannot find the sessions of a user keeps none, and nothing fails', async () => {
  const { byUser: _, ...store } = memoryStore();
  const { json, visit, sessions } = dashboard(store as SessionStore);
  await sessions.destroy(await visit());
  expect(await json('/ended')).toMatchObject({ isKept: false, ended: [{ reason: 'revoked' }] });
});

test('a store that fails costs no request anything, and tells the events', async () => {
  const kept = memoryStore();
  let isBroken = false;
  const store: SessionStore = {
    ...kept,
    create: (id, record) =>
      isBroken ? Promise.reject(new Error('down')) : kept.create(id, record),
  };
  const { admin, visit, sessions } = dashboard(store);
  const failed: string[] = [];
  sessions.on('failed', ({ error }) => failed.push(error.code));
  const id = await visit();
  isBroken = true;
  expect(await sessions.destroy(id)).toBe(true);
  await admin.close();
  expect(failed).toEqual(['store-failed']);
});

test('a process keeps 10,000 an hour, and says how many it dropped', async () => {
  const clock = manualClock();
  const { admin, json, visit, sessions } = dashboard(memoryStore({ now: clock.now }), {
    now: clock.now,
  });
  for (let count = 0; count < 10_020; count++) await sessions.destroy(await visit());
  await admin.close();
  expect(await json('/ended')).toMatchObject({ isKept: true, dropped: 20 });
});

test('a page waits for what ended before it, and not for what ends meanwhile', async () => {
  const kept = memoryStore();
  const slow = new Map<string, Promise<void>>();
  const store: SessionStore = {
    ...kept,
    async create(id, record) {
      if (id.startsWith('ended ')) await slow.get(JSON.parse(record.data).id);
      return kept.create(id, record);
    },
  };
  const { json, visit, sessions } = dashboard(store);
  const failed: string[] = [];
  sessions.on('failed', ({ error }) => failed.push(error.code));
  const [first, second] = [await visit(), await visit()];
  const release: (() => void)[] = [];
  for (const id of [first, second])
    slow.set(id, new Promise((resolve) => release.push(() => resolve())));
  await sessions.destroy(first);
  const page = json('/ended');
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  await sessions.destroy(second);
  release[0]?.();
  expect(await page).toMatchObject({ ended: [{ id: first }] });
  expect(failed).toEqual([]);
  release[1]?.();
  expect(await all(json)).toHaveLength(2);
});

test('a user who is called like the records of the log changes nothing', async () => {
  const clock = manualClock();
  const hour = new Date(clock.now()).toISOString().slice(0, 13);
  const names = ['sojourn ended hours', `sojourn ended ${hour}`];
  const asked: string[] = [];
  const kept = memoryStore({ now: clock.now });
  const store: SessionStore = {
    ...kept,
    async byUser(userId, page) {
      asked.push(userId);
      return (await kept.byUser?.(userId, page)) ?? { entries: [] };
    },
  };
  const { json, visit, sessions } = dashboard(store, { now: clock.now });
  for (const userId of names) await visit({ userId, data: { card: '4111', endedAt: 1, id: 'x' } });
  await sessions.destroy(await visit({ userId: 'ada' }));
  const ids = (await all(json)).map(({ userId }) => userId);
  expect(ids).toEqual(['ada']);
  expect(asked.filter((userId) => !names.includes(userId))).toEqual([]);
  expect(await sessions.destroyUser(names[0] as string)).toBe(1);
  expect((await all(json)).map(({ userId }) => userId).sort()).toEqual(['ada', names[0]]);
});

test('endings after destroyAll are found again a minute later', async () => {
  const clock = manualClock();
  const { json, visit, sessions } = dashboard(memoryStore({ now: clock.now }), { now: clock.now });
  await sessions.destroy(await visit({ userId: 'ada' }));
  expect(await all(json)).toHaveLength(1);
  await sessions.destroyAll();
  await sessions.destroy(await visit({ userId: 'bob' }));
  clock.advance('1m');
  await sessions.destroy(await visit({ userId: 'eve' }));
  expect((await all(json)).map(({ userId }) => userId)).toEqual(['eve', 'bob']);
});

test('a page whose hour has left the store since goes on with the hour before it', async () => {
  const clock = manualClock();
  const store = memoryStore({ now: clock.now });
  const { json, visit, sessions } = dashboard(store, { now: clock.now });
  for (const userId of ['ada', 'bob', 'eve']) {
    await sessions.destroy(await visit({ userId }));
    clock.advance('60m');
  }
  await all(json);
  const { next = '' } = (await json('/ended?limit=1')) as Ended;
  const [hour = ''] = next.split('|');
  expect((await store.read(hour))?.record.userId).toBe('sojourn ended hours');
  await store.destroy(hour);
  expect(await json(`/ended?after=${encodeURIComponent(next)}`)).toMatchObject({
    ended: [{ userId: 'ada' }],
  });
});

test('F-20 in a full memory store endings give way, and no new session', async () => {
  const { admin, visit, sessions } = dashboard(memoryStore({ capacity: 100, warn: false }));
  for (let count = 0; count < 60; count++)
    await sessions.destroy(await visit({ userId: `user ${count}` }));
  await admin.close();
  const ids: string[] = [];
  for (let count = 0; count < 10; count++) ids.push(await visit());
  const found = await Promise.all(ids.map((id) => sessions.read(id)));
  expect(found.map((session) => session?.id)).toEqual(ids);
});

test('wrong durations are refused', () => {
  expect(() => dashboard(memoryStore(), { endedFor: 'soon' as never })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
