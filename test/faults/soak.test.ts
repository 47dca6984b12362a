import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import type { TcpProxy } from '../proxy.js';
import { redisStores } from '../remote-stores/redis.js';
import { sharedServer } from '../servers.js';
import { startApplication } from './application.js';
import { startSteadyLoad } from './steady-load.js';
import { eventually, long, openBothWays, range } from './store-under-fault.js';

const MINUTE = 60_000;
const rounds = long ? 30 : 1;
const round = long ? MINUTE : 6000;
const remote = redisStores[0]!;
const server = await sharedServer(remote.server);

interface Fault {
  begin(proxy: TcpProxy): void;
  end(proxy: TcpProxy): void;
}

function none(): void {
  // The connection is back by itself.
}

const FAULTS: readonly Fault[] = [
  { begin: (proxy) => proxy.cut(), end: none },
  { begin: (proxy) => proxy.pause(), end: (proxy) => proxy.resume() },
  {
    begin: (proxy) => proxy.disturb(() => 'lose reply'),
    end: (proxy) => proxy.disturb(() => 'none'),
  },
  {
    begin: (proxy) => proxy.disturb(() => 'cut reply'),
    end: (proxy) => proxy.disturb(() => 'none'),
  },
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Megabytes that are in use. */
function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The slope of the line through values that were taken once a round, by least squares. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const rise = values.reduce((sum, value, index) => sum + (index - middle) * value, 0);
  return rise / values.reduce((sum, _value, index) => sum + (index - middle) ** 2, 0);
}

test.skipIf(!server.available || process.platform !== 'linux')(
  `F-30 ${long ? '30 minutes' : '6 seconds'} of steady requests, a fault in each ${round / 1000} seconds: none fails outside the faults, nothing is lost, nothing leaks`,
  { timeout: rounds * round + 5 * MINUTE },
  async () => {
    const url = server.available ? server.url : '';
    const stores = await openBothWays({ remote, url });
    const { proxy } = stores;
    const before = openFiles();
    const direct = await startApplication(stores.direct, { storeTimeout: '20s' });
    const application = await startApplication(stores.behind, { storeTimeout: '2s' });
    const impatient = await startApplication(stores.behind, { storeTimeout: 300 });
    onTestFinished(() => proxy.resume());
    const probe = impatient.browser((await direct.login('probe')).cookies);
    const status = async (): Promise<number> => (await probe.get('/account')).status;
    const load = startSteadyLoad(application, direct);
    const heaps: number[] = [];

    for (const index of range(rounds)) {
      await setTimeout(round / 2);
      const fault = FAULTS[index % FAULTS.length]!;
      await load.faultWindow(async () => {
        await eventually(async () => {
          fault.begin(proxy);
          expect(await status()).toBe(503);
        });
        fault.end(proxy);
        await eventually(async () => expect(await status()).toBe(200));
      });
      await setTimeout(round / 2);
      heaps.push(heap());
    }

    const { violations, acknowledged } = await load.stop();
    expect(violations).toEqual([]);
    expect(acknowledged).toBeGreaterThan(rounds * (round / 100));
    if (long) expect(slopeOf(heaps.slice(2))).toBeLessThanOrEqual(1);
    await Promise.all([direct.stop(), application.stop(), impatient.stop()]);
    // One connection of the store costs this process three: its own end, and two of the proxy.
    await eventually(() => expect(Math.abs(openFiles() - before)).toBeLessThanOrEqual(2));
  },
);
