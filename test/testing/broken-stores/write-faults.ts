import type { SessionRecord } from '../../../src/stores/contract.js';
import { type BrokenStore, pause } from './broken-store.js';
import { liveRow } from './plain-store.js';

export const WRITE_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'update writes back what was destroyed',
    caughtBy: ['update/destroyed', 'destroy/final', 'races/destroy-update', 'records/absent'],
    broken: (plain, { rows }) => ({
      update: async (id, record, version) =>
        rows.has(id) ? plain.update(id, record, version) : plain.create(id, record),
    }),
  },
  {
    fault: 'update ignores the version',
    caughtBy: ['update/stale', 'update/same-record', 'races/update', 'races/increments'],
    broken: (plain, shared) => ({
      update: async (id, record) => plain.update(id, record, liveRow(shared, id)?.version ?? 0),
    }),
  },
  {
    fault: 'update compares, and writes in another step',
    caughtBy: ['races/update', 'races/increments', 'races/destroy-writer', 'races/destroy-version'],
    broken: (_, shared) => ({
      async update(id, record, version) {
        if (liveRow(shared, id)?.version !== version) return undefined;
        await pause();
        shared.rows.set(id, { record: { ...record }, version: ++shared.lastVersion });
        return shared.lastVersion;
      },
    }),
  },
  {
    fault: 'update writes field after field',
    caughtBy: ['races/read-update'],
    broken: (plain, shared) => ({
      async update(id, record, version) {
        const row = liveRow(shared, id);
        const next = await plain.update(
          id,
          { ...row?.record, data: record.data } as SessionRecord,
          version,
        );
        await pause();
        const written = shared.rows.get(id);
        if (next !== undefined && written?.version === next) written.record = { ...record };
        return next;
      },
    }),
  },
  {
    fault: 'update keeps optional fields of the earlier record',
    caughtBy: ['records/optional-dropped', 'update/whole'],
    broken: (plain, shared) => ({
      update: (id, record, version) =>
        plain.update(id, { ...liveRow(shared, id)?.record, ...record }, version),
    }),
  },
  {
    fault: 'update keeps the earlier deadline',
    caughtBy: ['update/whole', 'update/shorter'],
    broken: (plain, shared) => ({
      update: (id, record, version) =>
        plain.update(
          id,
          { ...record, expiresAt: liveRow(shared, id)?.record.expiresAt ?? record.expiresAt },
          version,
        ),
    }),
  },
  {
    fault: 'the version is a hash of the data',
    caughtBy: ['update/same-record', 'update/recreated'],
    broken: (plain, shared) => {
      const hash = (data: string): number =>
        [...data].reduce(
          (sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 2 ** 32,
          7,
        );
      const hashed = (
        id: string,
        record: SessionRecord,
        version: number | undefined,
      ): number | undefined => {
        const row = shared.rows.get(id);
        if (version === undefined || row === undefined) return undefined;
        row.version = hash(record.data);
        return row.version;
      };
      return {
        create: async (id, record) => hashed(id, record, await plain.create(id, record)),
        update: async (id, record, version) =>
          hashed(id, record, await plain.update(id, record, version)),
      };
    },
  },
  {
    fault: 'versions begin at 1 again for a record that is created again',
    caughtBy: ['update/recreated', 'update/expired-recreated', 'clear/all'],
    broken: (plain, shared) => {
      const numbered = (
        id: string,
        number: number,
        version: number | undefined,
      ): number | undefined => {
        const row = shared.rows.get(id);
        if (version === undefined || row === undefined) return undefined;
        row.version = number;
        return number;
      };
      return {
        create: async (id, record) => numbered(id, 1, await plain.create(id, record)),
        update: async (id, record, version) =>
          numbered(id, version + 1, await plain.update(id, record, version)),
      };
    },
  },
  {
    fault: 'read gives the version that the record began with',
    caughtBy: ['read/version', 'races/increments'],
    broken: (plain) => {
      const first = new Map<string, number>();
      return {
        async read(id) {
          const stored = await plain.read(id);
          return stored && { ...stored, version: first.get(id) ?? stored.version };
        },
        async create(id, record) {
          const version = await plain.create(id, record);
          if (version !== undefined) first.set(id, version);
          return version;
        },
      };
    },
  },
  {
    fault: 'create checks, and writes in another step',
    caughtBy: ['races/create', 'races/create-expired'],
    broken: (_, shared) => ({
      async create(id, record) {
        if (liveRow(shared, id)) return undefined;
        await pause();
        shared.rows.set(id, { record: { ...record }, version: ++shared.lastVersion });
        return shared.lastVersion;
      },
    }),
  },
  {
    fault: 'create overwrites',
    caughtBy: ['create/live', 'races/create', 'deadline/create'],
    broken: (_, shared) => ({
      async create(id, record) {
        shared.rows.set(id, { record: { ...record }, version: ++shared.lastVersion });
        return shared.lastVersion;
      },
    }),
  },
  {
    fault: 'a destroyed id is never free again',
    caughtBy: ['create/destroyed', 'touch/destroyed', 'update/recreated'],
    broken: (plain) => {
      const destroyed = new Set<string>();
      return {
        create: async (id, record) => (destroyed.has(id) ? undefined : plain.create(id, record)),
        async destroy(id, version) {
          const done = await plain.destroy(id, version);
          if (done) destroyed.add(id);
          return done;
        },
      };
    },
  },
];
