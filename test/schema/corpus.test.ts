import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createSessions, type SessionRecord, type SessionStore } from '../../src/index.js';
import { dataSchema } from '../../src/schema/index.js';
import { memoryStore } from '../../src/stores/memory.js';

const folder = new URL('corpus/', import.meta.url);
const schema = dataSchema(
  z.object({
    cart: z.array(z.object({ sku: z.string(), quantity: z.number() })).default([]),
    views: z.number().default(0),
    user: z.object({ name: z.string() }).optional(),
    notice: z.string().optional(),
  }),
  {
    version: 3,
    migrate: {
      1: ({ cart, user, ...rest }) => ({
        ...rest,
        cart: Array.isArray(cart)
          ? cart
          : Object.entries(cart as object).map(([sku, quantity]) => ({ sku, quantity })),
        user: typeof user === 'string' ? { name: user } : user,
      }),
      2: ({ count, ...rest }) => ({ views: count, ...rest }),
    },
  },
);

interface Kept {
  readonly title: string;
  readonly record: SessionRecord;
}

function site({ record }: Kept) {
  const now = () => record.touchedAt + 1000;
  const store: SessionStore = memoryStore({ now, warn: false });
  return {
    store,
    sessions: createSessions({ store, now, data: schema }),
    free: createSessions<Record<string, unknown>>({ store, now }),
  };
}

function recordsOf(file: string): Kept[] {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe.each(files.filter((name) => !name.startsWith('1')))('records of %s', (file) => {
  test.each(recordsOf(file))('$title', async (kept) => {
    const { store, sessions, free } = site(kept);
    await store.create('id', kept.record);
    const expected = {
      cart: [{ sku: 'a', quantity: 1 }],
      views: kept.title === 'two commits' ? 4 : 3,
      user: { name: 'Ada' },
      ...(kept.title === 'flash' && { notice: 'Saved' }),
    };
    const read = await sessions.read('id');
    expect(read?.data).toEqual(expected);
    const aside = kept.title === 'a value set aside' ? [{ key: 'notice', value: 5 }] : [];
    expect(read?.aside).toMatchObject(aside);
    expect(read?.userId).toBe(kept.record.userId);
    // Reading wrote nothing; a change writes all of it.
    expect((await store.read('id'))?.record).toEqual(kept.record);
    expect(await sessions.change('id', (session) => session.increment('views'))).toBe('updated');
    expect((await sessions.read('id'))?.data).toEqual({ ...expected, views: expected.views + 1 });
    expect((await sessions.read('id'))?.handle).toBe(read?.handle);
    // A server without the schema reads it, and keeps the version and what was set aside.
    expect(await free.change('id', (session) => session.set('other', 1))).toBe('updated');
    expect((await free.read('id'))?.data).toEqual({
      ...expected,
      views: expected.views + 1,
      other: 1,
    });
    expect((await sessions.read('id'))?.aside).toMatchObject([
      ...aside,
      { key: 'other', version: 3 },
    ]);
  });
});

test.each(recordsOf('1-first-draft.json'))(
  'a record of the first draft is skipped: $title',
  async (kept) => {
    const { store, sessions } = site(kept);
    await store.create('id', kept.record);
    const rejected: unknown[] = [];
    sessions.on('rejected', (event) => rejected.push(event));
    expect(await sessions.read('id')).toBeUndefined();
    expect(rejected).toEqual([{ reason: 'record', id: 'id' }]);
  },
);
