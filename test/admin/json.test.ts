import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { manualClock } from '../../src/testing/clock.js';
import { dashboard, FIREFOX, post } from './dashboard.js';
import { type OpenPlace, places } from './places.js';

interface Walked {
  readonly matched: number;
  readonly ended: number;
  readonly next?: string;
}

interface Listed {
  readonly sessions: { readonly id: string; readonly userId?: string }[];
  readonly next?: string;
}

type Json = (path: string, init?: RequestInit) => Promise<unknown>;

/** A page of a server that others use too may be empty although more follow. */
async function idsOf(json: Json, query: string): Promise<string[]> {
  const ids: string[] = [];
  let after = '';
  for (;;) {
    const { sessions, next } = (await json(`/sessions?${query}${after}`)) as Listed;
    ids.push(...sessions.map(({ id }) => id));
    if (next === undefined) return ids.sort();
    after = `&after=${encodeURIComponent(next)}`;
  }
}

/** What a walk came to, in as many steps as it takes. */
async function walked(json: Json, body: object): Promise<{ matched: number; ended: number }> {
  const total = { matched: 0, ended: 0 };
  let after: string | undefined;
  do {
    const step = (await json('/end', post({ ...body, ...(after && { after }) }))) as Walked;
    total.matched += step.matched;
    total.ended += step.ended;
    after = step.next;
  } while (after !== undefined);
  return total;
}

describe.each(places)('on $name', ({ missing, open }) => {
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

  const opened = () => dashboard(place.store, { now: clock.now });

  it('lists page after page, each session once', async () => {
    const { visit, json } = opened();
    const ids = new Set<string>();
    for (let n = 0; n < 7; n++) ids.add(await visit());
    const found: string[] = [];
    let next: string | undefined;
    do {
      const after: string = next === undefined ? '' : `&after=${encodeURIComponent(next)}`;
      const page = (await json(`/sessions?limit=3${after}`)) as Listed;
      found.push(...page.sessions.map(({ id }) => id));
      next = page.next;
    } while (next !== undefined);
    expect(found).toHaveLength(7);
    expect(new Set(found)).toEqual(ids);
  });

  it('shows what is known of a session, and its values only when asked', async () => {
    const { visit, json } = opened();
    const id = await visit({ userId: 'ada' });
    const known = {
      id,
      userId: 'ada',
      device: 'Firefox on Linux',
      userAgent: FIREFOX,
      ipAddress: '192.0.2.1',
      createdAt: clock.now(),
      keys: ['cart'],
      size: expect.any(Number),
      handle: expect.any(String),
    };
    expect(await idsOf(json, '')).toEqual([id]);
    const plain = (await json(`/sessions/${id}`)) as { session: object };
    expect(plain.session).toMatchObject(known);
    expect(plain.session).not.toHaveProperty('data');
    expect(await json(`/sessions/${id}?values=1`)).toMatchObject({
      session: { ...known, data: { cart: ['tea'] } },
    });
    expect(await json('/users/ada')).toMatchObject({ userId: 'ada', sessions: [known] });
  });

  it('ends one session, once', async () => {
    const { visit, ask, sessions, json } = opened();
    const id = await visit({ userId: 'ada' });
    const end = () => ask(`/sessions/${id}`, { method: 'DELETE' });
    const answers = [await end(), await end()];
    expect(answers.map(({ status }) => status)).toEqual([200, 404]);
    expect(await sessions.read(id)).toBeUndefined();
    expect(await json('/ended')).toMatchObject({ ended: [{ id, reason: 'revoked' }] });
    expect((await ask(`/sessions/${id}`)).status).toBe(404);
  });

  it('filters by user, age and idleness', async () => {
    const { visit, json } = opened();
    const old = await visit({ userId: 'ada' });
    clock.advance('1h');
    const fresh = await visit({ userId: 'ada' });
    const other = await visit({ userId: 'bob' });
    const found = (query: string) => idsOf(json, query);
    expect(await found('user=ada')).toEqual([old, fresh].sort());
    expect(await found('olderThan=30m')).toEqual([old]);
    expect(await found('user=bob&olderThan=30m')).toEqual([]);
    expect(await found('idleFor=30m&user=&olderThan=')).toEqual([old]);
    expect(await found('')).toEqual([old, fresh, other].sort());
  });

  it('counts before it ends, and ends what matches and nothing else', async () => {
    const { visit, json, sessions } = opened();
    for (let n = 0; n < 12; n++) await visit({ userId: `user ${n % 3}` });
    clock.advance('1h');
    const kept = [await visit({ userId: 'user 0' }), await visit()];
    const filter = { olderThan: '30m' };
    expect(await walked(json, filter)).toEqual({ matched: 12, ended: 0 });
    expect(await sessions.count()).toBe(14);
    const once = await walked(json, { user: 'user 1', ...filter, dryRun: false });
    expect(once).toEqual({ matched: 4, ended: 4 });
    expect(await walked(json, { ...filter, dryRun: false })).toEqual({ matched: 8, ended: 8 });
    expect(await idsOf(json, '')).toEqual(kept.sort());
    const all = await json('/end', post({ user: 'user 0', dryRun: false }));
    expect(all).toEqual({ dryRun: false, matched: 1, ended: 1 });
  });

  it('counts the active sessions when asked, once a minute', async () => {
    const { visit, json } = opened();
    await visit();
    expect(await json('/stats')).not.toHaveProperty('active');
    expect(await json('/stats?count=1')).toMatchObject({ active: { count: 1, at: clock.now() } });
    await visit();
    expect(await json('/stats?count=1')).toMatchObject({ active: { count: 1 } });
    clock.advance('1m');
    expect(await json('/stats?count=1')).toMatchObject({ active: { count: 2 } });
  });
});

it('a long walk says how far it came, and goes on from there', async () => {
  const { visit, json, sessions, page } = dashboard(memoryStore());
  await visit({ userId: 'ada' });
  const { list } = sessions;
  // Every page is followed by another one.
  Object.assign(sessions, {
    list: async (options: object) => ({ ...(await list(options)), next: 'more' }),
  });
  const walked = await json('/end', post({ olderThan: '1ms' }));
  expect(walked).toMatchObject({ dryRun: true, ended: 0, next: 'more' });
  const form = new URLSearchParams({ olderThan: '1ms', matched: '41', after: 'more' });
  const shown = await page('/end', { method: 'POST', body: form });
  expect(shown).toMatch(/[\d,]+ sessions older than 1ms, so far\./);
  expect(shown).toContain('name="after" value="more"');
  expect(shown).toContain('data-goes-on');
  expect(shown).not.toContain('End these');
});

it.each([
  ['/sessions?limit=0', 400, 'limit is not a whole number from 1 to 200.'],
  ['/sessions?limit=201', 400, 'limit is not a whole number from 1 to 200.'],
  ['/sessions?olderThan=soon', 400, "olderThan is not a duration. Write '30m', '2h' or '30d'."],
  [`/sessions?user=${'a'.repeat(300)}`, 400, /^The id of the user has 300 characters\./],
  ['/sessions/none', 404, /^There is no such session\./],
  ['/sessions/none?values=perhaps', 400, 'values is neither true nor false.'],
  ['/nowhere', 404, 'There is no such page.'],
  ['/end', 405, /^Send the filter by POST/],
  ['/users/%ff', 400, 'The address is not encoded as UTF-8.'],
])('%s is answered with %i', async (path, status, message) => {
  const { ask } = dashboard(memoryStore());
  const answer = await ask(path);
  expect(answer.status).toBe(status);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toMatch(message);
  const page = await ask(path, { headers: { accept: 'text/html' } });
  if (path !== '/end')
    expect([page.status, await page.text()]).toEqual([status, expect.any(String)]);
});

it.each([
  [{}, 400, /^Say which sessions/],
  [{ user: 7 }, 400, 'user is not a text.'],
  [{ user: 'ada', dryRun: 'perhaps' }, 400, 'dryRun is neither true nor false.'],
  [{ idleFor: 'x' }, 400, /idleFor is not a duration/],
])('a filter of %j is refused', async (filter, status, message) => {
  const answer = await dashboard(memoryStore()).ask('/end', post(filter));
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
});

it('says what a store cannot do', async () => {
  const { list: _list, byUser: _byUser, count: _count, ...store } = memoryStore();
  const { ask, page } = dashboard(store as SessionStore);
  for (const path of ['/sessions', '/users/ada', '/stats?count=1']) {
    const answer = await ask(path);
    expect([path, answer.status]).toEqual([path, 501]);
    expect(await answer.json()).toMatchObject({ error: { code: 'unsupported' } });
  }
  expect(await page('/sessions')).toContain('The memory store has no `list`.');
});

it('statistics are what happened', async () => {
  const clock = manualClock();
  const { visit, json, sessions } = dashboard(memoryStore({ now: clock.now }), { now: clock.now });
  const since = clock.now();
  for (let n = 0; n < 3; n++) await visit({ userId: 'ada' });
  clock.advance('2m');
  await sessions.destroyUser('ada');
  const stats = (await json('/stats')) as {
    minutes: { created: number; ended: number; calls: number }[];
    store: { calls: number; p50: number; p99: number };
  };
  expect(stats).toMatchObject({ since, created: 3, ended: { revoked: 3 }, conflicts: 0 });
  expect(stats.minutes).toHaveLength(60);
  expect(stats.minutes.map(({ created, ended }) => [created, ended]).slice(-3)).toEqual([
    [3, 0],
    [0, 0],
    [0, 3],
  ]);
  const calls = stats.minutes.reduce((sum, minute) => sum + minute.calls, 0);
  expect(stats.store.calls).toBe(calls);
  expect(stats.store.p99).toBeGreaterThanOrEqual(stats.store.p50);
});

it('statistics come live, and streams are bounded', async () => {
  const { ask, admin, visit } = dashboard(memoryStore());
  for (let n = 0; n < 60; n++) expect((await ask('/live', { method: 'HEAD' })).status).toBe(200);
  const streams = await Promise.all(Array.from({ length: 50 }, () => ask('/live')));
  expect(streams[0]?.headers.get('content-type')).toBe('text/event-stream');
  expect((await ask('/live')).status).toBe(503);
  await streams[1]?.body?.cancel();
  const stream = await ask('/live');
  await visit();
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  while (!heard.includes('"created":1')) heard += (await reader.read()).value;
  expect(heard).toContain('event: stats\ndata: {');
  await admin.close();
  while (!(await reader.read()).done);
});
