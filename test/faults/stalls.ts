import { expect, test } from 'vitest';
import type { Client } from '../../src/testing/client.js';
import { startApplication } from './application.js';
import {
  eventually,
  long,
  openBothWays,
  range,
  type StoreUnderFault,
} from './store-under-fault.js';
import { watchedStore } from './watched-store.js';

async function expectRefused(user: Client): Promise<void> {
  const replies = await Promise.all([user.get('/account'), user.get('/'), user.post('/tags/a')]);
  expect(replies.map(({ status }) => status)).toEqual([503, 503, 503]);
}

async function expectAnonymous(guest: Client): Promise<void> {
  const replies = await Promise.all([guest.get('/'), guest.get('/account'), guest.post('/tags/a')]);
  expect(replies.map(({ status }) => status)).toEqual([200, 401, 500]);
  expect(await replies[0].text()).toBe('anonymous');
  expect(replies.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
}

export function stalls(under: StoreUnderFault): void {
  test('F-08 F-29 the server stalls: each request ends at the deadline, nobody is let in unseen, and all is well again after', async () => {
    const { proxy, behind } = await openBothWays(under);
    const { store, calls } = watchedStore(behind);
    const patient = await startApplication(store, { storeTimeout: '20s' });
    const strict = await startApplication(store, { storeTimeout: 200 });
    const lenient = await startApplication(store, { storeTimeout: 200, onStoreError: 'anonymous' });
    const loggedIn = await Promise.all(range(5).map((index) => patient.login(`user${index}`)));
    const users = loggedIn.map(({ cookies }) => strict.browser(cookies));
    const guests = loggedIn.map(({ cookies }) => lenient.browser(cookies));

    proxy.pause();
    for (let wave = 0; wave < (long ? 50 : 3); wave++) {
      await Promise.all([...users.map(expectRefused), ...guests.map(expectAnonymous)]);
      expect(await (await strict.browser().get('/')).text()).toBe('anonymous');
    }

    proxy.resume();
    for (const [index, user] of users.entries()) {
      await eventually(async () =>
        expect(await (await user.get('/account')).text()).toBe(`user${index}`),
      );
    }
    await eventually(() => expect(calls.underWay).toBe(0));
    await Promise.all([patient.stop(), strict.stop(), lenient.stop()]);
  });
}
