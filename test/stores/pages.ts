// Lists for tests of stores, and rules of late touches and moved records for each client.
import { expect, test } from 'vitest';
import type {
  PageOptions,
  SessionPage,
  SessionRecord,
  SessionStore,
} from '../../src/stores/contract.js';
import { eachEntry } from '../../src/stores/contract.js';

const HOUR = 3_600_000;

/** A list of a store; fails when the store has none. */
type List = (page: PageOptions) => Promise<SessionPage>;

/** The ids of all entries, sorted; each as often as it came. */
export async function idsOf(list: List, limit?: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of eachEntry(list, limit)) ids.push(id);
  return ids.sort();
}

/** `list` of a store. */
export function listOf(store: SessionStore): List {
  return (page) => store.list?.(page) ?? Promise.reject(new Error('The store has no list.'));
}

/** `byUser` of a store. */
export function sessionsOf(store: SessionStore, userId: string): List {
  return (page) =>
    store.byUser?.(userId, page) ?? Promise.reject(new Error('The store has no byUser.'));
}

function record(fields?: Partial<SessionRecord>): SessionRecord {
  const now = Date.now();
  return { data: '{"views":1}', createdAt: now, touchedAt: now, expiresAt: now + HOUR, ...fields };
}

/** Registers the rules that every store keeps. `use` gives an empty store, and cleans up. */
export function testTouches(use: (act: (store: SessionStore) => Promise<void>) => Promise<void>) {
  test('a touch that arrives late moves neither time back, and the later one of each counts', () =>
    use(async (store) => {
      const first = record({ userId: 'ada' });
      const version = await store.create('a', first);
      const { touchedAt, expiresAt } = first;
      for (const [until, at, wanted] of [
        [expiresAt - 1000, touchedAt - 1000, [expiresAt, touchedAt]],
        [expiresAt + 1000, touchedAt - 1000, [expiresAt + 1000, touchedAt]],
        [expiresAt - 1000, touchedAt + 2000, [expiresAt + 1000, touchedAt + 2000]],
        [expiresAt + 3000, touchedAt + 3000, [expiresAt + 3000, touchedAt + 3000]],
        [1, 1, [expiresAt + 3000, touchedAt + 3000]],
      ] as const) {
        expect(await store.touch('a', until, at)).toBe(true);
        const stored = await store.read('a');
        expect([stored?.record.expiresAt, stored?.record.touchedAt]).toEqual(wanted);
        expect(stored?.version).toEqual(version);
      }
    }));

  test('of many touches at once the latest counts', () =>
    use(async (store) => {
      const { expiresAt, touchedAt } = record();
      await store.create('a', record({ expiresAt, touchedAt }));
      const steps = [5, 2, 9, 1, 7, 3, 8, 4, 6];
      await Promise.all(
        steps.map((step) => store.touch('a', expiresAt + step * 1000, touchedAt + 10 - step)),
      );
      expect((await store.read('a'))?.record).toMatchObject({
        expiresAt: expiresAt + 9000,
        touchedAt: touchedAt + 9,
      });
    }));

  test('what is late revives nothing: a touch and an update after a destroy, or after the end', () =>
    use(async (store) => {
      const version = await store.create('a', record({ userId: 'ada' }));
      await store.destroy('a');
      await store.create('b', record({ expiresAt: Date.now() - 1, userId: 'ada' }));
      for (const id of ['a', 'b']) {
        expect(await store.touch(id, Date.now() + 2 * HOUR, Date.now())).toBe(false);
        expect(await store.update(id, record({ userId: 'ada' }), version)).toBeUndefined();
        expect(await store.read(id)).toBeUndefined();
      }
    }));

  test('a moved record is read, updated and destroyed like any, but not touched', () =>
    use(async (store) => {
      const moved = record({ createdAt: 0 });
      const version = await store.create('a', moved);
      expect(await store.create('a', record())).toBeUndefined();
      expect(await store.read('a')).toEqual({ record: moved, version });
      expect(await store.touch('a', moved.expiresAt + 1, moved.touchedAt)).toBe(false);
      const next = await store.update('a', moved, version);
      expect(next).toBeDefined();
      expect(await store.destroy('a', next)).toBe(true);
    }));
}
