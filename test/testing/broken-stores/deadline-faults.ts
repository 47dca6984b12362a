import { type BrokenStore, withoutDeadline } from './broken-store.js';
import { liveRow, plainStore } from './plain-store.js';

export const DEADLINE_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'read ignores the deadline',
    caughtBy: ['deadline/read', 'deadline/past', 'update/shorter'],
    broken: (_, shared) => ({ read: plainStore(withoutDeadline(shared)).read }),
  },
  {
    fault: 'create is refused by an expired record',
    caughtBy: ['deadline/create', 'races/create-expired', 'update/expired-recreated'],
    broken: (plain, { rows }) => ({
      create: async (id, record) => (rows.has(id) ? undefined : plain.create(id, record)),
    }),
  },
  {
    fault: 'update revives an expired record',
    caughtBy: ['deadline/update'],
    broken: (plain, shared) => ({
      update: async (id, record, version) => {
        const row = shared.rows.get(id);
        if (row?.version === version && !liveRow(shared, id))
          row.record = { ...row.record, expiresAt: shared.now() + 1 };
        return plain.update(id, record, version);
      },
    }),
  },
  {
    fault: 'touch revives an expired record',
    caughtBy: ['deadline/touch', 'deadline/past'],
    broken: (_, shared) => ({ touch: plainStore(withoutDeadline(shared)).touch }),
  },
  {
    fault: 'destroy reports an expired record as deleted',
    caughtBy: ['deadline/destroy'],
    broken: (_, shared) => ({ destroy: plainStore(withoutDeadline(shared)).destroy }),
  },
  {
    fault: 'the backend sweeps up to a second early',
    caughtBy: ['deadline/read', 'deadline/create'],
    broken: (_, shared) =>
      plainStore({
        rows: shared.rows,
        lastVersion: 0,
        now: () => Math.ceil(shared.now() / 1000) * 1000,
      }),
  },
  {
    fault: 'the record is there at its deadline',
    caughtBy: [
      'deadline/read',
      'deadline/touch',
      'byUser/deadline',
      'list/deadline',
      'count/deadline',
    ],
    broken: (_, shared) =>
      plainStore({ rows: shared.rows, lastVersion: 0, now: () => shared.now() - 1 }),
  },
  {
    fault: 'a deadline over 30 days away is taken for a date in 1970',
    caughtBy: ['deadline/read', 'records/times', 'deadline/kept'],
    broken: (plain, shared) => ({
      async read(id) {
        const stored = await plain.read(id);
        return stored && stored.record.expiresAt - shared.now() > 30 * 86_400_000
          ? undefined
          : stored;
      },
    }),
  },
];
