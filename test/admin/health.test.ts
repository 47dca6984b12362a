import { afterEach, describe, expect, test } from 'vitest';
import { createAdmin, type Finding } from '../../src/admin/index.js';
import { createSessions, type SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';
import { sqliteStore } from '../../src/stores/sqlite.js';
import { manualClock } from '../../src/testing/clock.js';
import { createWorkplace, type Workplace } from '../cli/cli.js';
import { dashboard } from './dashboard.js';
import { type OpenPlace, places } from './places.js';

interface Health {
  readonly checkedAt: number;
  readonly findings: readonly Finding[];
}

const SECRET = 'f3Jq8-Zt0bWm5yKx1uLr9vNcEa2HgPdS7oTi';
const READS = expect.stringMatching(/store reads and writes, in \d+\.\d ms a call\.$/);

let workplace: Workplace | undefined;
afterEach(() => {
  workplace?.remove();
  workplace = undefined;
});

/** What weakens nothing, but for the secret. */
async function findings(store: SessionStore): Promise<readonly Finding[]> {
  const { json } = dashboard(store);
  return ((await json('/health')) as Health).findings;
}

describe.each(places)('health on $name', ({ name, missing, open }) => {
  if (missing !== undefined) {
    test.skip(`not here: ${missing}`, () => undefined);
    return;
  }

  test('the store is tried, and no record of that stays', async () => {
    const place: OpenPlace = await open(Date.now);
    try {
      const found = await findings(place.store);
      expect(found).toContainEqual({ level: 'ok', is: READS });
      const isInMemory = found.some(({ is }) => is.startsWith('Sessions are in the memory'));
      expect(isInMemory).toBe(name === 'memory');
      const { entries } = await place.store.list!({ limit: 100 });
      expect(entries).toEqual([]);
    } finally {
      await place.remove();
    }
  });
});

test('doctor and the dashboard find the same of one configuration', async () => {
  workplace = createWorkplace();
  const env = {
    SOJOURN_CONNECTION: workplace.sqlite,
    SOJOURN_HTTP_ONLY: 'false',
    SOJOURN_SAME_SITE: 'none',
    SOJOURN_IDLE_TIMEOUT: '30d',
  };
  await workplace.run(['migrate'], env);
  const { stdout } = await workplace.run(['doctor', '--json'], env);
  const [, ...ofDoctor] = (JSON.parse(stdout) as Health).findings;
  const store = sqliteStore({ file: workplace.sqlite.replace(/^sqlite:(?:\/\/)?/, '') });
  const sessions = createSessions({
    store,
    cookie: { httpOnly: false, sameSite: 'none' },
    idleTimeout: '30d',
  });
  const admin = createAdmin(sessions, { authorize: () => 'grace' });
  const answer = await admin.fetch(new Request('https://shop.example/health'));
  const withoutTime = ({ is, ...rest }: Finding) => ({ is: is.replace(/\d+\.\d ms/, ''), ...rest });
  const { findings: ofDashboard } = (await answer.json()) as Health;
  expect(ofDashboard.map(withoutTime)).toEqual(ofDoctor.map(withoutTime));
  expect(ofDashboard.map(({ level }) => level)).toEqual([...Array(4).fill('warning'), 'ok']);
  await admin.close();
  await sessions.close();
});

test('sessions that are set up well have no warning, and the secret is not shown', async () => {
  workplace = createWorkplace();
  const sessions = createSessions({
    store: sqliteStore({ file: workplace.sqlite.replace(/^sqlite:(?:\/\/)?/, '') }),
    secret: SECRET,
  });
  const admin = createAdmin(sessions, { authorize: () => 'grace' });
  for (const headers of [{ accept: 'text/html' }, {}]) {
    const answer = await admin.fetch(new Request('https://shop.example/health', { headers }));
    const text = await answer.text();
    expect(text).toContain('weaken nothing');
    expect(text).not.toMatch(/"warning"|"problem"/);
    expect(text).not.toContain(SECRET);
  }
  await admin.close();
  await sessions.close();
});

test('a store that fails is a problem, and the page still answers', async () => {
  const store: SessionStore = {
    ...memoryStore(),
    create: () => Promise.reject(new Error('the disk is full')),
  };
  const { ask, page } = dashboard(store);
  const answer = await ask('/health');
  expect(answer.status).toBe(200);
  expect(((await answer.json()) as Health).findings).toContainEqual({
    level: 'problem',
    is: expect.stringContaining('the disk is full'),
  });
  expect(await page('/health')).toContain('1 problem,');
});

test('a store that loses what it stored is found', async () => {
  const store: SessionStore = { ...memoryStore(), read: async () => undefined };
  expect(await findings(store)).toContainEqual({
    level: 'warning',
    is: 'The memory store lost a record that it had just stored.',
    advice: expect.any(String),
  });
});

test('what the server says of itself, and its clock, are findings', async () => {
  const { json } = dashboard(memoryStore(), {
    server: {
      now: async () => Date.now() + 90_000,
      weaknesses: async () => [{ is: 'It evicts records.', advice: 'Let it evict none.' }],
    },
  });
  const { findings: found } = (await json('/health')) as Health;
  expect(found).toContainEqual({
    level: 'warning',
    is: 'It evicts records.',
    advice: 'Let it evict none.',
  });
  expect(found).toContainEqual({
    level: 'warning',
    is: expect.stringMatching(/clock of the memory server is (89|90)\.\d s ahead/),
    advice: expect.stringContaining('NTP'),
  });
});

test('everything is checked once, however many ask, and every ten seconds at most', async () => {
  const clock = manualClock();
  const kept = memoryStore();
  let created = 0;
  const store: SessionStore = {
    ...kept,
    create(id, record) {
      created++;
      return kept.create(id, record);
    },
  };
  const { json } = dashboard(store, { now: clock.now });
  await Promise.all([json('/health'), json('/health')]);
  clock.advance('9s');
  await json('/health');
  expect(created).toBe(1);
  clock.advance('1s');
  expect(await json('/health')).toMatchObject({ checkedAt: clock.now() });
  expect(created).toBe(2);
});

test('the store is tried by the clock of the sessions', async () => {
  const clock = manualClock(Date.now());
  clock.advance('3d');
  const { json } = dashboard(memoryStore({ now: clock.now }), { now: clock.now });
  const { findings: found } = (await json('/health')) as Health;
  expect(found).toContainEqual({ level: 'ok', is: READS });
});

test('a copy of the sessions is a problem, since nothing is known of it', async () => {
  const admin = createAdmin(
    { ...createSessions({ store: memoryStore() }) },
    {
      authorize: () => 'grace',
    },
  );
  const answer = await admin.fetch(new Request('https://shop.example/health'));
  expect(((await answer.json()) as Health).findings).toEqual([
    {
      level: 'problem',
      is: expect.stringContaining('not what createSessions gave'),
      advice: expect.any(String),
    },
  ]);
  await admin.close();
});

test('a server that is none is refused', () => {
  expect(() => dashboard(memoryStore(), { server: {} as never })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
