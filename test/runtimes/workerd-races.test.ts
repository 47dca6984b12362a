import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RACES } from '../../bench/races/races.js';
import { runRaces } from '../../bench/races/run.js';
import { findRuntime } from '../../scripts/runtimes.js';
import { bundle } from './bundle.js';
import { startGates } from './gates.js';
import { startWorkerd, type Workerd } from './workerd.js';

const runtime = findRuntime('workerd');
const version = runtime.available ? runtime.version : runtime.reason;
const isLong = process.env.SOJOURN_LONG === '1';
const trials = isLong ? 20 : 1;
// One of them takes longer than all others together.
const races = RACES.filter(({ name }) => isLong || name !== '1,000 increments');

describe.skipIf(!runtime.available)(`workerd ${version}`, () => {
  let gates: Awaited<ReturnType<typeof startGates>>;
  let workerd: Workerd;

  beforeAll(async () => {
    if (!runtime.available) return;
    gates = await startGates();
    const worker = await bundle('races', { isWhole: true });
    workerd = await startWorkerd(runtime.command, worker, gates.address);
  });
  afterAll(() => {
    workerd?.stop();
    gates?.stop();
  });

  /** So many isolates whose requests go to this place. */
  async function serversOf(place: string, isolates: number) {
    const origins = workerd.origins.slice(0, isolates).map((origin) => `${origin}/${place}`);
    const control = async (verb: string): Promise<string[]> => {
      const answers = origins.map(async (origin) => {
        const answer = await fetch(`${origin}/control/${verb}`);
        return (await answer.json()) as string[];
      });
      return (await Promise.all(answers)).flat();
    };
    await control('migrate');
    return {
      origins,
      arrived: gates.arrived,
      open: gates.open,
      advance: async (milliseconds: number) => {
        await control(`advance?milliseconds=${milliseconds}`);
      },
      gone: async () => new Set(await control('gone')),
      stop: async () => undefined,
    };
  }

  test.each([
    { place: 'd1', title: 'two isolates with one D1 database', isolates: 2 },
    // workerd gives each isolate a Durable Object of its own over one file.
    { place: 'object', title: 'a Durable Object with its SQL storage', isolates: 1 },
  ])('V-02, F-06: the races lose and revive nothing in $title', async ({ place, isolates }) => {
    const system = { system: 'sojourn', store: place, adapter: 'fetch', module: '', processes: 1 };
    const start = () => serversOf(place, isolates);
    const results = await runRaces(system, races, trials, () => undefined, start);
    expect(results).toEqual(
      races.map((race) => ({ race, lost: 0, revived: 0, signedOut: 0, survivors: 0 })),
    );
  });
});
