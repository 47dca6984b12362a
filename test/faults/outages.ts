import { expect, test } from 'vitest';
import { startApplication } from './application.js';
import { startLoad, tagsOf } from './load.js';
import { eventually, openBothWays, range, type StoreUnderFault } from './store-under-fault.js';
import { watchedStore } from './watched-store.js';

const USERS = 8;
/** How often an open circuit may ask the store. */
const PROBE_EVERY = 250;

export function outages(under: StoreUnderFault): void {
  test('F-10 the server stalls and comes back, twice: the circuit spares the store and the visitors, and nothing acknowledged is lost', async () => {
    const { proxy, behind } = await openBothWays(under);
    const { store, calls } = watchedStore(behind);
    const patient = await startApplication(store, { storeTimeout: '20s' });
    const application = await startApplication(store, { storeTimeout: 300 });
    const states: string[] = [];
    application.sessions.on('circuit', ({ state }) => states.push(state));
    const loggedIn = await Promise.all(range(USERS).map((index) => patient.login(`user${index}`)));
    const users = loggedIn.map(({ cookies }) => application.browser(cookies));
    const acknowledged = users.map((): string[] => []);

    for (const outage of ['first', 'second']) {
      proxy.pause();
      while (states.at(-1) !== 'open') await Promise.all(users.map((user) => user.get('/account')));

      const [reads, since] = [calls.times.read, performance.now()];
      for (let wave = 0; wave < 20; wave++) {
        const replies = await Promise.all(users.map((user) => user.post(`/tags/${outage}-lost`)));
        expect(replies.map(({ status }) => status)).toEqual(users.map(() => 503));
        expect((await application.browser().get('/')).status).toBe(200);
      }
      const probes = calls.times.read - reads;
      expect(probes).toBeLessThanOrEqual((performance.now() - since) / PROBE_EVERY + 1);

      proxy.resume();
      for (const [index, user] of users.entries()) {
        await eventually(async () =>
          expect((await user.post(`/tags/${outage}-${index}`)).status).toBe(200),
        );
        acknowledged[index]?.push(`${outage}-${index}`);
      }
      expect(states.at(-1)).toBe('closed');
    }

    for (const [index, user] of users.entries()) {
      const tags = (await (await user.get('/tags')).json()) as string[];
      // A write that missed its deadline may be stored all the same, once.
      expect(tags.filter((tag) => !tag.endsWith('-lost'))).toEqual(acknowledged[index]);
      expect(new Set(tags).size).toBe(tags.length);
    }
    await Promise.all([application.stop(), patient.stop()]);
  });

  test('F-10 the server is slow, and then flaps: nothing acknowledged is lost, nobody is taken for another, and all is well after', async () => {
    const { proxy, behind } = await openBothWays(under);
    const application = await startApplication(behind, { storeTimeout: 200 });
    const load = await startLoad(application, [200, 503]);

    proxy.slow(20);
    await load.progress();
    proxy.slow(0);
    for (let flap = 0; flap < 2; flap++) {
      proxy.cut();
      await load.progress();
      proxy.pause();
      await load.progress();
      proxy.resume();
    }
    for (const { browser } of load.workers)
      await eventually(async () => expect((await browser.get('/account')).status).toBe(200));
    await load.stop();

    for (const worker of load.workers) {
      expect(worker.acknowledged.length).toBeGreaterThan(0);
      const tags = await eventually(() => tagsOf(worker));
      expect(tags).toEqual(expect.arrayContaining(worker.acknowledged));
    }
    await application.stop();
  });
}
