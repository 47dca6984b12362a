import type { SessionRecord } from '../../../src/stores/contract.js';
import type { BrokenStore } from './broken-store.js';
import { pageOf } from './plain-store.js';

export const ABILITY_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'byUser finds everybody',
    caughtBy: ['byUser/own'],
    broken: (plain) => ({ byUser: (_, page) => plain.list(page) }),
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
        async byUser(userId, page) {
          const { entries, ...rest } = await plain.byUser(userId, page);
          return { ...rest, entries: entries.filter(({ id }) => (deadlines.get(id) ?? 0) > now()) };
        },
      };
    },
  },
  {
    fault: 'byUser remembers the first user of a session',
    caughtBy: ['byUser/moves'],
    broken: (plain, { rows }) => {
      const owners = new Map<string, string>();
      return {
        async create(id, record) {
          const version = await plain.create(id, record);
          if (version !== undefined && record.userId !== undefined) owners.set(id, record.userId);
          return version;
        },
        byUser: async (userId, page) => pageOf(rows, page, (_, id) => owners.get(id) === userId),
      };
    },
  },
  {
    fault: 'byUser indexes a refused update',
    caughtBy: ['byUser/refused'],
    broken: (plain, { rows }) => {
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
        byUser: async (userId, page) => pageOf(rows, page, (_, id) => owners.get(id) === userId),
      };
    },
  },
  {
    fault: 'byUser finds expired records',
    caughtBy: ['byUser/deadline', 'byUser/gone'],
    broken: (_, { rows }) => ({
      byUser: async (userId, page) => pageOf(rows, page, (record) => record.userId === userId),
    }),
  },
  {
    fault: 'byUser takes the user for a beginning',
    caughtBy: ['byUser/odd-users'],
    broken: (_, { rows, now }) => ({
      byUser: async (userId, page) =>
        pageOf(
          rows,
          page,
          (record) => record.expiresAt > now() && record.userId?.startsWith(userId) === true,
        ),
    }),
  },
  {
    fault: 'byUser and list end after a thousand',
    caughtBy: ['byUser/many', 'list/many'],
    broken: (_, { rows }) => {
      const thousand = (wanted: (record: SessionRecord) => boolean) => {
        const ids = [...rows.keys()].sort().slice(0, 1000);
        return (record: SessionRecord, id: string) => ids.includes(id) && wanted(record);
      };
      return {
        byUser: async (userId, page) =>
          pageOf(
            rows,
            page,
            thousand((record) => record.userId === userId),
          ),
        list: async (page) =>
          pageOf(
            rows,
            page,
            thousand(() => true),
          ),
      };
    },
  },
  {
    fault: 'list finds expired records',
    caughtBy: ['list/live', 'list/deadline'],
    broken: (_, { rows }) => ({
      list: async (page) => pageOf(rows, page, () => true),
    }),
  },
  {
    fault: 'count counts expired records',
    caughtBy: ['count/live', 'count/deadline'],
    broken: (_, { rows }) => ({ count: async () => rows.size }),
  },
  {
    fault: 'prune deletes live records',
    caughtBy: ['prune/expired', 'prune/extended'],
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
    caughtBy: ['prune/expired', 'prune/extended'],
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
