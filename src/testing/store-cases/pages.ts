import assert from 'node:assert/strict';
import type {
  PageOptions,
  SessionPage,
  SessionRecord,
  SessionStore,
} from '../../stores/contract.js';
import {
  able,
  type CaseDefinition,
  created,
  listed,
  ofUser,
  present,
  type Subject,
  written,
} from './case.js';

const SIZES = [1, 2, 7];
const STAYING = 12;
/** More than the pages of any walk here, empty ones included. */
const MAX_PAGES = 5000;
const USER = 'a';

type List = (store: SessionStore, page: PageOptions) => Promise<SessionPage>;

const list: List = (store, page) => able(store, 'list').list(page);
const byUser: List = (store, page) => able(store, 'byUser').byUser(USER, page);

/** Cursors that no store made for the list that is asked for. */
const FOREIGN = [
  ...`0 1 -1 1.5 NaN x zzzz 00 ff/.. ../.. null undefined {} [] __proto__ % * $1 0.0 W10 e30=`.split(
    ' ',
  ),
  '',
  ' ',
  `' or '1' = '1`,
  '"',
  '\0',
  '\ud800',
  '{"userId":"b"}',
  '[[],"","-1",[],[]]',
  'é'.repeat(3000),
  '9'.repeat(40),
  'x'.repeat(2000),
];

/**
 * Walks a list page by page, each page at the other instance, while every page is followed by a
 * creation, a destruction, an update and a touch.
 */
function walk(read: List): (subject: Subject) => Promise<void> {
  return async ({ store, second, record, clock }) => {
    for (const limit of SIZES) {
      const staying = Array.from({ length: STAYING }, (_, index) => `stays-${limit}-${index}`);
      const going = staying.map((id) => `goes-${id}`);
      for (const id of [...staying, ...going]) await created(store, id, record({ userId: USER }));
      const times = new Map<string, number>();
      let after: string | undefined;
      let pages = 0;
      do {
        const page = await read(pages % 2 === 0 ? store : second, { after, limit });
        assert.ok(page.entries.length <= limit, `${page.entries.length} on a page of ${limit}`);
        for (const { id } of page.entries) times.set(id, (times.get(id) ?? 0) + 1);
        after = page.next;
        const last = page.entries.at(-1)?.id ?? '';
        if (last.startsWith('goes-')) await store.destroy(last);
        const [goes, stays] = [going[pages], staying[pages]];
        if (goes !== undefined && stays !== undefined) {
          await store.destroy(goes);
          await created(store, `new-${limit}-${pages}`, record({ userId: USER }));
          const { version } = await present(store, stays);
          // A session that moves is found under one of its ids: by the record that it left.
          const moves = read === byUser && pages % 2 === 0;
          const next = record({ userId: USER, ...(moves ? { createdAt: 0 } : {}) });
          written(await store.update(stays, next, version), 'update');
          await second.touch(stays, record().expiresAt + 1000, clock.now());
        }
        assert.ok(++pages < MAX_PAGES, 'the list comes to an end');
      } while (after !== undefined);
      for (const id of staying)
        assert.equal(times.get(id), 1, `how often ${id} comes, on pages of ${limit}`);
      for (const [id, count] of times) assert.equal(count, 1, `how often ${id} comes`);
      for (const id of times.keys()) await store.destroy(id);
      for (const id of [...staying, ...going]) await store.destroy(id);
    }
  };
}

/** Asks with cursors of others: nothing that does not belong comes, and nothing is broken. */
function askForeign(read: List): (subject: Subject) => Promise<void> {
  return async ({ store, second, record }) => {
    for (let index = 0; index < 6; index++)
      for (const userId of [USER, 'b']) await created(store, userId + index, record({ userId }));
    const whole = {
      list: store.list && (await listed(store)),
      a: store.byUser && (await ofUser(store, USER)),
    };
    const cursors = [
      ...FOREIGN,
      (await store.list?.({ limit: 2 }))?.next,
      (await store.byUser?.('b', { limit: 2 }))?.next,
      (await store.byUser?.(USER, { limit: 2 }))?.next,
    ];
    for (const after of cursors) {
      const where = `after ${JSON.stringify(after)}`;
      const page = await read(second, { after, limit: 3 }).catch((error: unknown) => {
        assert.ok(error instanceof Error, where);
        return { entries: [] };
      });
      assert.ok(page.entries.length <= 3, `${page.entries.length} on a page of 3, ${where}`);
      for (const entry of page.entries) {
        assert.deepEqual(entry.record, (await present(store, entry.id)).record, where);
        if (read === byUser) assert.equal(entry.record.userId, USER, where);
      }
    }
    if (whole.list) assert.deepEqual(await listed(store), whole.list);
    if (whole.a) assert.deepEqual(await ofUser(store, USER), whole.a);
  };
}

/** What `list` and `byUser` promise of pages, and what moved records are to every verb. */
export const PAGE_CASES: readonly CaseDefinition[] = [
  {
    id: 'list/pages',
    title: 'list gives each record once, in pages, while others come and go',
    run: walk(list),
  },
  {
    id: 'byUser/pages',
    title: 'byUser gives each record once, in pages, while others come and go',
    run: walk(byUser),
  },
  {
    id: 'list/foreign-cursor',
    title: 'a cursor that is not of this list does no harm to list',
    run: askForeign(list),
  },
  {
    id: 'byUser/foreign-cursor',
    title: 'a cursor that is not of this list, or of another user, does no harm to byUser',
    run: askForeign(byUser),
  },
  {
    id: 'list/moved',
    title: 'list leaves moved records out',
    run: async (subject) => {
      const expected = await withMoved(subject);
      assert.deepEqual(await listed(subject.store), expected);
    },
  },
  {
    id: 'byUser/moved',
    title: 'byUser gives moved records too',
    run: async (subject) => {
      const { live } = await withMoved(subject);
      const moved = { ...live, createdAt: 0 };
      const expected = { live, 'began-moved': moved, moved };
      assert.deepEqual(await ofUser(subject.store, USER), expected);
    },
  },
  {
    id: 'count/moved',
    title: 'count leaves moved records out',
    run: async (subject) => {
      await withMoved(subject);
      assert.equal(await able(subject.store, 'count').count(), 1);
    },
  },
];

/** Stores two moved records and a live one; the live one, by id. */
async function withMoved({ store, record }: Subject): Promise<{ live: SessionRecord }> {
  const live = record({ userId: USER });
  await created(store, 'live', live);
  await created(store, 'began-moved', { ...live, createdAt: 0 });
  const version = await created(store, 'moved', live);
  written(await store.update('moved', { ...live, createdAt: 0 }, version), 'update to moved');
  return { live };
}
