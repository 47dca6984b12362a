import type { SessionRecord } from '../../../src/stores/contract.js';
import { type BrokenStore, pause } from './broken-store.js';
import { liveRow } from './plain-store.js';

export const TOUCH_AND_DESTROY_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'touch reads the record, and writes it back later',
    caughtBy: ['races/touch-update', 'races/touches'],
    broken: (_, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        const row = liveRow(shared, id);
        if (!row) return false;
        const { record } = row;
        await pause();
        const present = shared.rows.get(id);
        if (present) present.record = { ...record, expiresAt, touchedAt };
        return present !== undefined;
      },
    }),
  },
  {
    fault: 'touch writes the record back after it was destroyed',
    caughtBy: ['races/destroy-update'],
    broken: (_, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        const row = liveRow(shared, id);
        if (!row) return false;
        await pause();
        shared.rows.set(id, row);
        row.record = { ...row.record, expiresAt, touchedAt };
        return true;
      },
    }),
  },
  {
    fault: 'touch creates a record',
    caughtBy: ['records/absent', 'touch/destroyed', 'destroy/final', 'deadline/touch'],
    broken: (plain, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        if (!liveRow(shared, id))
          await plain.create(id, { data: '', createdAt: touchedAt, touchedAt, expiresAt });
        return plain.touch(id, expiresAt, touchedAt);
      },
    }),
  },
  {
    fault: 'touch gives a new version',
    caughtBy: ['touch/version', 'races/touch-update', 'races/touches'],
    broken: (plain, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        const row = liveRow(shared, id);
        if (row) row.version = ++shared.lastVersion;
        return plain.touch(id, expiresAt, touchedAt);
      },
    }),
  },
  {
    fault: 'touch takes the times that it is given',
    caughtBy: ['touch/late', 'touch/each', 'races/late-touch'],
    broken: (_, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        const row = liveRow(shared, id);
        if (row) row.record = { ...row.record, expiresAt, touchedAt };
        return row !== undefined;
      },
    }),
  },
  {
    fault: 'touch takes both times or neither',
    caughtBy: ['touch/each'],
    broken: (plain, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        const row = liveRow(shared, id);
        return row !== undefined && expiresAt <= row.record.expiresAt
          ? true
          : plain.touch(id, expiresAt, touchedAt);
      },
    }),
  },
  {
    fault: 'touch compares the times, and writes in another step',
    caughtBy: ['races/late-touch'],
    broken: (_, shared) => ({
      async touch(id, expiresAt, touchedAt) {
        const { record } = liveRow(shared, id) ?? {};
        if (record === undefined) return false;
        await pause();
        const row = shared.rows.get(id);
        if (row === undefined) return false;
        if (expiresAt > record.expiresAt) row.record = { ...row.record, expiresAt };
        if (touchedAt > record.touchedAt) row.record = { ...row.record, touchedAt };
        return true;
      },
    }),
  },
  {
    fault: 'touch forgets when it happened',
    caughtBy: ['touch/only-deadlines'],
    broken: (plain, shared) => ({
      touch: (id, expiresAt) =>
        plain.touch(id, expiresAt, liveRow(shared, id)?.record.touchedAt ?? 0),
    }),
  },
  {
    fault: 'destroy ignores the version',
    caughtBy: ['destroy/version', 'update/recreated', 'races/destroy-version'],
    broken: (plain) => ({ destroy: (id) => plain.destroy(id) }),
  },
  {
    fault: 'destroy compares, and deletes in another step',
    caughtBy: ['races/destroy-version'],
    broken: (plain, shared) => ({
      async destroy(id, version) {
        if (version !== undefined && liveRow(shared, id)?.version !== version) return false;
        await pause();
        return plain.destroy(id);
      },
    }),
  },
  {
    fault: 'destroy is always true',
    caughtBy: ['records/absent', 'destroy/unconditional', 'races/destroy', 'deadline/destroy'],
    broken: (plain) => ({
      destroy: async (id, version) => (await plain.destroy(id, version)) || version === undefined,
    }),
  },
  {
    fault: 'destroy leaves a mark that the next touch takes for a record',
    caughtBy: ['touch/destroyed', 'destroy/final', 'races/destroy-update'],
    broken: (plain, shared) => {
      const marks = new Map<string, SessionRecord>();
      return {
        async destroy(id, version) {
          const row = liveRow(shared, id);
          const destroyed = await plain.destroy(id, version);
          if (destroyed && row) marks.set(id, row.record);
          return destroyed;
        },
        async touch(id, expiresAt, touchedAt) {
          const mark = marks.get(id);
          if (mark) await plain.create(id, mark);
          return plain.touch(id, expiresAt, touchedAt);
        },
      };
    },
  },
  {
    fault: 'a cache of this instance is read first',
    caughtBy: ['destroy/unconditional', 'touch/only-deadlines'],
    broken: (plain, shared) => {
      const cache = new Map<string, SessionRecord>();
      return {
        async read(id) {
          const cached = cache.get(id);
          if (cached && cached.expiresAt > shared.now())
            return { record: { ...cached }, version: shared.rows.get(id)?.version ?? 0 };
          return plain.read(id);
        },
        async create(id, record) {
          const version = await plain.create(id, record);
          if (version !== undefined) cache.set(id, { ...record });
          return version;
        },
        async update(id, record, version) {
          cache.delete(id);
          return plain.update(id, record, version);
        },
        async destroy(id, version) {
          if (!(await plain.destroy(id, version))) return false;
          return cache.delete(id) || true;
        },
      };
    },
  },
  {
    fault: 'destroy takes the id for the beginning of ids',
    caughtBy: ['destroy/unconditional', 'ids/alike'],
    broken: (plain, { rows }) => ({
      async destroy(id, version) {
        const destroyed = await plain.destroy(id, version);
        for (const other of destroyed ? [...rows.keys()] : [])
          if (other.startsWith(id)) rows.delete(other);
        return destroyed;
      },
    }),
  },
];
