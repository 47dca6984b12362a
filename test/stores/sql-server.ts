import { afterAll, describe, expect, test, vi } from 'vitest';
import { CLOCK_SKEW } from '../../src/core/expiry.js';
import type { SessionRecord, SessionStore } from '../../src/stores/contract.js';
import { type StoreCasesOptions, storeCases, storeSuite } from '../../src/testing/store-suite.js';
import { countUp } from '../processes/count-up.js';
import { finished, start } from '../processes/run.js';
import type { RemoteStore } from '../remote-stores/remote-store.js';

let spaces = 0;

/** A name for a table that no other test has. */
export function newTable(): string {
  return `sojourn_${process.pid}_${spaces++}`;
}

/** A live record. */
export function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return {
    data: '{"views":1}',
    createdAt: now,
    touchedAt: now,
    expiresAt: now + 3_600_000,
    ...fields,
  };
}

/** Waits until a store answers on several connections at once. */
export async function answers(store: SessionStore): Promise<void> {
  const isWell = async () =>
    (await Promise.allSettled([store.read('a'), store.read('b')])).every(
      ({ status }) => status === 'fulfilled',
    );
  await vi.waitUntil(isWell, { timeout: 20_000 });
}

/** Instances on one table. */
export interface OpenStores {
  store: SessionStore;
  second?: SessionStore;
  remove(): Promise<void>;
}

type Open = (table: string, now: () => number) => Promise<OpenStores>;

/**
 * One table for all cases of a suite, emptied after each: connecting and making tables takes longer
 * than most cases.
 */
export function emptied(open: Open): StoreCasesOptions['createStore'] {
  let clock: () => number = Date.now;
  let opened: Promise<OpenStores> | undefined;
  afterAll(async () => (await opened)?.remove());
  return async ({ now }) => {
    clock = now;
    opened ??= open(newTable(), () => clock());
    const { store, second } = await opened;
    return { store, second, cleanup: async () => store.clear?.() };
  };
}

/** What every client of a database has to pass. */
export function clientSuite(clients: readonly RemoteStore[], url: string): void {
  describe.each(clients)('$name', ({ open }) => {
    storeSuite({
      test,
      createStore: emptied(async (space, now) => {
        const first = await open(url, { space, now });
        const second = await open(url, { space, now });
        return {
          store: first.store,
          second: second.store,
          remove: async () => {
            await second.close();
            await first.remove();
          },
        };
      }),
    });

    test('migrate from many connections at once makes one table', async () => {
      const space = newTable();
      const opened = await Promise.all(Array.from({ length: 6 }, () => open(url, { space })));
      await opened[0]?.store.create('a', record());
      expect(await opened[5]?.store.count?.()).toBe(1);
      for (const { close } of opened.slice(1)) await close();
      await opened[0]?.remove();
    });

    test('close leaves the client open, which was passed in', async () => {
      const { store, remove } = await open(url, { space: newTable() });
      await store.close?.();
      expect(await store.create('a', record())).toBeDefined();
      await remove();
    });

    test('F-08 deletes expired records by itself, ten minutes after their deadline', async () => {
      let time = Date.now();
      const space = newTable();
      const { store, remove } = await open(url, { space, now: () => time, pruneInterval: '10ms' });
      // To its clock nothing has expired.
      const witness = await open(url, { space, now: () => 0, pruneInterval: false });
      await store.create('a', record({ expiresAt: time + 1000 }));
      await store.create('b', record({ expiresAt: time + 2000 }));
      time += 1000 + CLOCK_SKEW;
      await store.create('c', record({ expiresAt: time + 1000 }));
      const isPruned = async () => (await witness.store.read('a')) === undefined;
      await vi.waitUntil(isPruned, { timeout: 20_000 });
      expect(await witness.store.count?.()).toBe(2);
      await store.close?.();
      await witness.close();
      await remove();
    });
  });

  test('V-02 three processes increment one number: none is lost', async () => {
    const table = newTable();
    const { store, remove } = await clients[0]!.open(url, { space: table });
    await store.create('counter', record({ data: '0' }));
    const times = process.env.SOJOURN_LONG === '1' ? 3000 : 200;
    const children = await Promise.all(
      [1, 2].map(() => start('count-up-sql.js', { url, table, id: 'counter', times })),
    );
    for (const child of children) child.send('go');
    await countUp(store, 'counter', times);
    await Promise.all(children.map(finished));
    expect((await store.read('counter'))?.record.data).toBe(String(3 * times));
    await remove();
  });
}

/** The races of the contract, over clients with settings of their own. */
export function raceSuite(title: string, open: Open): void {
  describe(title, () => {
    const races = storeCases({ createStore: emptied(open) }).filter(({ id }) =>
      id.startsWith('races/'),
    );
    for (const { id, title, run } of races) test(`${id}: ${title}`, run);
  });
}
