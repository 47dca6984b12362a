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

interface Row {
  race: string;
  lost: number;
  revived: number;
  signedOut: number;
  survivors: number;
  reason?: string;
}

/** The name of a race and what went wrong in it, or why it cannot be run. */
function counts({ race, lost, revived, signedOut, survivors, reason }: Row): unknown[] {
  return reason === undefined ? [race, lost, revived, signedOut, survivors] : [race, reason];
}

/** Whether a system without verbs of its own can run a race. */
function canRun({ needs }: (typeof RACES)[number]): boolean {
  return needs.length === 0;
}

function expectClean(store: string, adapter: string, trials: number): void {
  const { status, stdout, stderr } = run(
    '--json',
    '--trials',
    String(trials),
    '--only',
    `Sojourn ${store} ${adapter}`,
  );
  expect(stderr).toBe('');
  const rows = RACES.map(({ name }) => ({
    system: 'sojourn',
    store,
    adapter,
    race: name,
    trials,
    lost: 0,
    revived: 0,
    signedOut: 0,
    survivors: 0,
  }));
  expect(JSON.parse(stdout)).toEqual(rows);
  expect(status).toBe(0);
}

it.each([
  { store: 'memory', adapter: 'node', trials: 2 },
  { store: 'memory', adapter: 'express', trials: 2 },
  { store: 'memory', adapter: 'fetch', trials: 2 },
  { store: 'file (2 processes)', adapter: 'node', trials: 1 },
  { store: 'sqlite (2 processes)', adapter: 'node', trials: 2 },
])(
  'V-02, F-06: the races lose and revive nothing with $store, $adapter',
  ({ store, adapter, trials }) => {
    expectClean(store, adapter, trials);
  },
);

// The program starts a server of its own.
for (const [server, store] of [
  ['redis', 'redis, node-redis (2 processes)'],
  ['postgres', 'postgres (2 processes)'],
] satisfies [ServerName, string][]) {
  const { available } = await findServer(server);
  it.skipIf(!available)(`V-02, F-06: the races lose and revive nothing with ${store}, node`, () => {
    expectClean(store, 'node', 1);
  });
}

it('says of each race that cannot be run why', () => {
  const { stdout } = run('--trials', '1', '--only', 'Sojourn/fort memory fortjs destroyUser');
  expect(stdout).toMatch(/^sojourn\/fort +memory +fortjs +no such verb$/m);
});

it('V-03: a login of the dialect of FortJs moves the session, and loses and revives nothing', () => {
  const { stdout } = run('--trials', '2', '--only', 'Sojourn/fort memory fortjs login with');
  expect(stdout).toMatch(/^sojourn\/fort +memory +fortjs +0 \/ 0$/m);
});

it('revives nothing with sessions in cookies and a store of those that ended, which may lose', () => {
  const { status, stdout } = run(
    '--trials',
    '2',
    '--only',
    'Sojourn cookie, revocations in sqlite (2 processes) node',
  );
  expect(stdout).toContain(
    'Sojourn lost nothing, revived nothing and signed nobody out, but for what its documentation says.',
  );
  expect(status).toBe(0);
});

it('V-01, V-02: the drop-in for express-session keeps different keys and revives nothing', () => {
  const { stdout } = run(
    '--json',
    '--trials',
    '2',
    '--only',
    'sojourn/express-session MemoryStore express',
  );
  const results = JSON.parse(stdout) as Row[];
  const ran = results.filter(({ reason }) => reason === undefined);
  const anything = expect.any(Number);
  expect(ran.map(({ race, lost, revived }) => [race, lost, revived])).toEqual([
    ['different keys', 0, 0],
    ['slow writer vs logout', 0, 0],
    ['50 writers', 0, 0],
    ['1,000 increments', anything, 0],
    ['login with 50 in flight', anything, 0],
    ['old token after login, logout', 0, 0],
    ['double click on login, 3 devices', 0, 0],
    ['logout vs regenerate', 0, 0],
  ]);
});

it('the races see what sessions lose that are read and written whole', async () => {
  const module = new URL('whole-record.js', import.meta.url).href;
  const system = { system: 'whole-record', store: 'Map', adapter: 'node', module, processes: 1 };
  const atLeast = (least: number) => expect.toSatisfy((amount: number) => amount >= least);
  const results = await runRaces(system, RACES.filter(canRun), 2, () => undefined);
  const names = results.map(({ race, ...rest }) => counts({ race: race.name, ...rest }));
  expect(names).toEqual([
    ['different keys', 2, 0, 0, 0],
    ['slow writer vs logout', 0, atLeast(1), 0, 0],
    ['50 writers', 98, 0, 0, 0],
    ['1,000 increments', 1980, 0, 0, 0],
    ['login with 50 in flight', atLeast(98), atLeast(1), 0, 0],
    ['old token after login, logout', 0, 0, 2, 0],
    ['double click on login, 3 devices', expect.any(Number), 0, 0, 0],
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
