import { expect, onTestFinished, test } from 'vitest';
import type { SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { startApplication } from './application.js';
import { eventually, long, range } from './store-under-fault.js';
import { watchedStore } from './watched-store.js';

const WAITING = 50;

/** `store`, whose calls wait while it is slow: longer than any number of milliseconds. */
function slowable(store: SessionStore): SessionStore & { slow(): void; fast(): void } {
  let isFast = Promise.resolve();
  let resolveFast = (): void => undefined;

  async function late<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    await isFast;
    return call();
  }

  return {
    ...store,
    read: (id) => late(() => store.read(id)),
    create: (id, record) => late(() => store.create(id, record)),
    update: (id, record, version) => late(() => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) => late(() => store.touch(id, expiresAt, touchedAt)),
    destroy: (id, version) => late(() => store.destroy(id, version)),
    slow() {
      isFast = new Promise((resolve) => {
        resolveFast = resolve;
      });
    },
    fast() {
      resolveFast();
    },
  };
}

test('F-10 while 50 requests wait for a slow store, those without a session pass and call no store', async () => {
  const memory = memoryStore();
  onTestFinished(() => memory.close?.());
  const slowed = slowable(memory);
  const { store, calls } = watchedStore(slowed);
  const application = await startApplication(store, { storeTimeout: '60s' });
  onTestFinished(application.stop);
  const users = await Promise.all(range(WAITING).map((index) => application.login(`user${index}`)));
  const order: string[] = [];

  slowed.slow();
  const waiting = users.map(async (user) => {
    const reply = await user.get('/account');
    order.push('with a session');
    return reply.text();
  });
  await eventually(() => expect(calls.underWay).toBe(WAITING));
  const before = { ...calls.times };
  const visitors = long ? 5000 : 200;
  for (let visitor = 0; visitor < visitors; visitor++) {
    const reply = await application.browser().get('/');
    expect([reply.status, await reply.text()]).toEqual([200, 'anonymous']);
    expect(reply.headers.getSetCookie()).toEqual([]);
    order.push('without');
  }
  expect(calls.times).toEqual(before);
  expect(calls.underWay).toBe(WAITING);

  slowed.fast();
  expect(await Promise.all(waiting)).toEqual(range(WAITING).map((index) => `user${index}`));
  expect(order).toEqual([
    ...range(visitors).map(() => 'without'),
    ...range(WAITING).map(() => 'with a session'),
  ]);
});
