// Rules of the store contract about pages, late touches and moved records, for each client.
import { expect, test } from 'vitest';
import type {
  PageOptions,
  SessionEntry,
  SessionPage,
  SessionRecord,
  SessionStore,
} from '../../src/stores/contract.js';
import { eachEntry } from '../../src/stores/contract.js';

const HOUR = 3_600_000;
/** What a page of another store may end with, or a visitor may send. */
const FOREIGN = ['', '0', 'x', '[', '[[],"","-1",[],[]]', '{"id":"a"}', '\0', 'é'.repeat(3000)];

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

/** Registers the rules of a store that has `list`, `byUser` and `count`. */
export function testPages(use: (act: (store: SessionStore) => Promise<void>) => Promise<void>) {
  test.each([1, 2, 7])('pages of %i have each session once, and no more than that', (limit) =>
    use(async (store) => {
      const ids = Array.from({ length: 23 }, (_, index) => `id-${index}`).sort();
      await Promise.all(ids.map((id) => store.create(id, record({ userId: 'ada' }))));
      await store.create('bob', record({ userId: 'bob' }));
      for (const [list, wanted] of [
        [listOf(store), ['bob', ...ids]],
        [sessionsOf(store, 'ada'), ids],
        [sessionsOf(store, 'nobody'), []],
      ] as const) {
        const sizes: number[] = [];
        const seen = await idsOf(async (page) => {
          const answer = await list(page);
          sizes.push(answer.entries.length);
          return answer;
        }, limit);
        expect(seen).toEqual(wanted);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
      }
    }),
  );

  test('what is destroyed or created between pages neither doubles nor hides what stays', () =>
    use(async (store) => {
      const stays = Array.from({ length: 20 }, (_, index) => `stays-${index}`).sort();
      const goes = Array.from({ length: 20 }, (_, index) => `goes-${index}`);
      for (const id of [...stays, ...goes]) await store.create(id, record({ userId: 'ada' }));
      for (const list of [listOf(store), sessionsOf(store, 'ada')]) {
        let after: string | undefined;
        const seen: string[] = [];
        for (let page = 0; page === 0 || after !== undefined; page++) {
          const { entries, next } = await list({ after, limit: 3 });
          seen.push(...entries.map(({ id }) => id));
          after = next;
          const id = goes[page % goes.length] ?? '';
          if (!(await store.destroy(id))) await store.create(id, record({ userId: 'ada' }));
          await store.touch(stays[page % stays.length] ?? '', Date.now() + 5 * HOUR, Date.now());
        }
        expect(seen.filter((id) => id.startsWith('stays')).sort()).toEqual(stays);
      }
    }));

  test('moved records are in no list and no count, but their user has them', () =>
    use(async (store) => {
      await store.create('live', record({ userId: 'ada' }));
      await store.create('moved', record({ userId: 'ada', createdAt: 0 }));
      const version = await store.create('moves', record({ userId: 'ada' }));
      expect(await idsOf(listOf(store))).toEqual(['live', 'moves']);
      expect(await store.count?.()).toBe(2);
      await store.update('moves', record({ userId: 'ada', createdAt: 0 }), version);
      expect(await idsOf(listOf(store))).toEqual(['live']);
      const ofUser = await idsOf(sessionsOf(store, 'ada'));
      expect(ofUser).toEqual(['live', 'moved', 'moves']);
      expect(await store.count?.()).toBe(1);
    }));

  test('a cursor from elsewhere does no harm: live sessions of that user, or none', () =>
    use(async (store) => {
      await store.create('a', record({ userId: 'ada' }));
      await store.create('b', record({ userId: 'bob' }));
      const { next } = await listOf(store)({ limit: 1 });
      for (const after of [...FOREIGN, ...(next === undefined ? [] : [next])]) {
        const entries: SessionEntry[] = [];
        let position: string | undefined = after;
        for (let page = 0; position !== undefined; page++) {
          expect(page).toBeLessThan(10_000);
          const answer = await listOf(store)({ after: position, limit: 1 });
          entries.push(...answer.entries);
          position = answer.next;
        }
        for (const { id } of entries) expect(['a', 'b']).toContain(id);
        const own = await sessionsOf(store, 'ada')({ after, limit: 5 });
        for (const { id } of own.entries) expect(id).toBe('a');
      }
    }));
}
