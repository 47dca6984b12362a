import type { BrokenStore } from './broken-store.js';

export const ABILITY_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'byUser finds everybody',
    caughtBy: ['byUser/own'],
    broken: (plain) => ({ byUser: () => plain.list() }),
  },
  {
    fault: 'byUser goes by the deadline that a record began with',
    caughtBy: ['byUser/extended'],
    broken: (plain, { now }) => {
      const deadlines = new Map<string, number>();
      return {
        async create(id, record) {
          const version = await plain.create(id, record);
          if (version !== undefined) deadlines.set(id, record.expiresAt);
          return version;
        },
        async *byUser(userId) {
          for await (const entry of plain.byUser(userId))
            if ((deadlines.get(entry.id) ?? 0) > now()) yield entry;
        },
      };
    },
  },
  {
    fault: 'byUser remembers the first user of a session',
    caughtBy: ['byUser/moves'],
    broken: (plain) => {
      const owners = new Map<string, string>();
      return {
        async create(id, record) {
          const version = await plain.create(id, record);
          if (version !== undefined && record.userId !== undefined) owners.set(id, record.userId);
          return version;
        },
        async *byUser(userId) {
          for await (const entry of plain.list()) if (owners.get(entry.id) === userId) yield entry;
        },
      };
    },
  },
  {
    fault: 'byUser indexes a refused update',
    caughtBy: ['byUser/refused'],
    broken: (plain) => {
      const owners = new Map<string, string | undefined>();
      return {
        async create(id, record) {
          const version = await plain.create(id, record);
          if (version !== undefined) owners.set(id, record.userId);
          return version;
        },
        async update(id, record, version) {
          owners.set(id, record.userId);
          return plain.update(id, record, version);
        },
        async *byUser(userId) {
          for await (const entry of plain.list()) if (owners.get(entry.id) === userId) yield entry;
        },
      };
    },
  },
  {
    fault: 'byUser finds expired records',
    caughtBy: ['byUser/deadline', 'byUser/gone'],
    broken: (_, { rows }) => ({
      async *byUser(userId) {
        for (const [id, { record }] of rows)
          if (record.userId === userId) yield { id, record: { ...record } };
      },
    }),
  },
  {
    fault: 'byUser takes the user for a beginning',
    caughtBy: ['byUser/odd-users'],
    broken: (plain) => ({
      async *byUser(userId) {
        for await (const entry of plain.list())
          if (entry.record.userId?.startsWith(userId)) yield entry;
      },
    }),
  },
  {
    fault: 'byUser and list end after a thousand',
    caughtBy: ['byUser/many', 'list/many'],
    broken: (plain) => {
      async function* thousand<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
        let left = 1000;
        for await (const item of items) if (left-- > 0) yield item;
      }
      return {
        byUser: (userId) => thousand(plain.byUser(userId)),
        list: () => thousand(plain.list()),
      };
    },
  },
  {
    fault: 'list finds expired records',
    caughtBy: ['list/live', 'list/deadline'],
    broken: (_, { rows }) => ({
      async *list() {
        for (const [id, { record }] of rows) yield { id, record: { ...record } };
      },
    }),
  },
  {
    fault: 'count counts expired records',
    caughtBy: ['count/live', 'count/deadline'],
    broken: (_, { rows }) => ({ count: async () => rows.size }),
  },
  {
    fault: 'prune deletes live records',
    caughtBy: ['prune/expired', 'prune/moved'],
    broken: (_, { rows }) => ({
      async prune() {
        const { size } = rows;
        rows.clear();
        return size;
      },
    }),
  },
  {
    fault: 'prune ignores the limit',
    caughtBy: ['prune/limit'],
    broken: (plain) => ({ prune: (before) => plain.prune(before, Number.POSITIVE_INFINITY) }),
  },
  {
    fault: 'prune spares what expired at the very instant',
    caughtBy: ['prune/expired', 'prune/moved'],
    broken: (plain) => ({ prune: (before, limit) => plain.prune(before - 1, limit) }),
  },
  {
    fault: 'prune goes by the clock and not by the instant',
    caughtBy: ['prune/expired'],
    broken: (plain, { now }) => ({ prune: (_, limit) => plain.prune(now(), limit) }),
  },
  {
    fault: 'clear deletes expired records only',
    caughtBy: ['clear/all'],
    broken: (plain, { now }) => ({
      clear: async () => void (await plain.prune(now(), Number.POSITIVE_INFINITY)),
    }),
  },
  {
    fault: 'migrate begins afresh',
    caughtBy: ['migrate/again'],
    broken: (plain) => ({ migrate: plain.clear }),
  },
  {
    fault: 'close takes the records along',
    caughtBy: ['close/again'],
    broken: (plain) => ({ close: plain.clear }),
  },
];
