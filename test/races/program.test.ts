import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { RACES } from '../../bench/races/races.js';
import { runRaces } from '../../bench/races/run.js';
import { findServer, type ServerName } from '../../scripts/servers/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `npm run races` on the dist/ that is there. */
function run(...options: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['bench/races/main.js', ...options], {
    cwd: root,
    encoding: 'utf8',
  });
}

function expectClean(store: string, adapter: string): void {
  const { status, stdout, stderr } = run(
    '--json',
    '--trials',
    '2',
    '--only',
    `Sojourn ${store} ${adapter}`,
  );
  expect(stderr).toBe('');
  const rows = RACES.map(({ name }) => ({
    system: 'sojourn',
    store,
    adapter,
    race: name,
    trials: 2,
    lost: 0,
    revived: 0,
  }));
  expect(JSON.parse(stdout)).toEqual(rows);
  expect(status).toBe(0);
}

it.each([
  { store: 'memory', adapter: 'node' },
  { store: 'memory', adapter: 'express' },
  { store: 'memory', adapter: 'fetch' },
  { store: 'file', adapter: 'node' },
  { store: 'sqlite', adapter: 'node' },
  { store: 'file (2 processes)', adapter: 'node' },
  { store: 'sqlite (2 processes)', adapter: 'node' },
])('V-02, F-06: the races lose and revive nothing with $store, $adapter', ({ store, adapter }) => {
  expectClean(store, adapter);
});

// The program starts a server of its own.
for (const [server, store] of [
  ['redis', 'redis, node-redis (2 processes)'],
  ['postgres', 'postgres (2 processes)'],
] satisfies [ServerName, string][]) {
  const { available } = await findServer(server);
  it.skipIf(!available)(`V-02, F-06: the races lose and revive nothing with ${store}, node`, () => {
    expectClean(store, 'node');
  });
}

it('revives nothing with sessions in cookies and a store of those that ended, which may lose', () => {
  const { status, stdout } = run(
    '--trials',
    '2',
    '--only',
    'Sojourn cookie, revocations in sqlite (2 processes) node',
  );
  expect(stdout).toContain(
    'Sojourn lost nothing and revived nothing, but for what its documentation says.',
  );
  expect(status).toBe(0);
});

it('V-01, V-02: the drop-in for express-session keeps different keys and revives nothing', () => {
  const { status, stdout } = run(
    '--json',
    '--trials',
    '2',
    '--only',
    'sojourn/express-session MemoryStore express',
  );
  const results = JSON.parse(stdout) as { race: string; lost: number; revived: number }[];
  expect(results.map(({ race, lost, revived }) => [race, lost, revived])).toEqual([
    ['different keys', 0, 0],
    ['slow writer vs logout', 0, 0],
    ['50 writers', 0, 0],
    ['1,000 increments', expect.any(Number), 0],
    ['login with 50 in flight', expect.any(Number), 0],
  ]);
  expect(status).toBe(0);
});

it('the races see what sessions lose that are read and written whole', async () => {
  const module = new URL('whole-record.js', import.meta.url).href;
  const system = { system: 'whole-record', store: 'Map', adapter: 'node', module, processes: 1 };
  const atLeast = (least: number) => expect.toSatisfy((amount: number) => amount >= least);
  const results = await runRaces(system, RACES, 2, () => undefined);
  expect(results.map(({ race, lost, revived }) => [race.name, lost, revived])).toEqual([
    ['different keys', 2, 0],
    ['slow writer vs logout', 0, atLeast(1)],
    ['50 writers', 98, 0],
    ['1,000 increments', 1980, 0],
    ['login with 50 in flight', atLeast(98), atLeast(1)],
  ]);
});

it('one table for people, with the rows that --only selects', () => {
  const { status, stdout } = run('--trials', '1', '--only', 'MEMORY NODE 50 writers');
  expect(stdout).toMatch(/^sojourn +memory +node +0$/m);
  expect(stdout).not.toMatch(/increments|express/);
  expect(status).toBe(0);
});

it('says which rows there are when --only selects none', () => {
  const { status, stdout, stderr } = run('--json', '--only', 'nothing like it');
  expect(stderr).toContain('sojourn sqlite (2 processes) node login with 50 in flight');
  expect(stdout).toBe('');
  expect(status).toBe(2);
});
