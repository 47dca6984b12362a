import { expect, it } from 'vitest';
import { RACES } from '../../bench/races/races.js';
import { runRaces } from '../../bench/races/run.js';
import { findServer } from '../../scripts/servers/index.js';
import { expectClean, run } from './rows.js';

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

it.each([
  { store: 'memory', trials: 2 },
  { store: 'sqlite (2 processes)', trials: 2 },
])('V-02, F-06: the races lose and revive nothing with $store, node', ({ store, trials }) => {
  expectClean(store, 'node', trials);
});

// The program starts a server of its own.
const { available } = await findServer('redis');
it.skipIf(!available)('V-02, F-06: the races lose and revive nothing with redis, node', () => {
  expectClean('redis, node-redis (2 processes)', 'node', 1);
});

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
