import type { SessionRecord } from '../../../src/stores/contract.js';
import { type BrokenStore, rewritten } from './broken-store.js';
import { liveRow } from './plain-store.js';

export const FIELD_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'deadlines are cut to whole seconds',
    caughtBy: ['records/every-field', 'deadline/read'],
    broken: (plain) =>
      rewritten(plain, (record) => ({
        ...record,
        expiresAt: Math.floor(record.expiresAt / 1000) * 1000,
      })),
  },
  {
    fault: 'empty texts come back absent',
    caughtBy: ['records/empty-texts'],
    broken: (plain) =>
      rewritten(plain, ({ ipAddress, userAgent, ...record }) => ({
        ...record,
        ...(ipAddress && { ipAddress }),
        ...(userAgent && { userAgent }),
      })),
  },
  {
    fault: 'absent fields come back as undefined',
    caughtBy: ['records/optional-absent'],
    broken: (plain) =>
      rewritten(plain, (record) => ({ userId: undefined, ...record }) as unknown as SessionRecord),
  },
  {
    fault: 'data is cut at 65,535 bytes',
    caughtBy: ['records/large'],
    broken: (plain) =>
      rewritten(plain, (record) => ({
        ...record,
        data: Buffer.from(record.data, 'utf16le').subarray(0, 131_070).toString('utf16le'),
      })),
  },
  {
    fault: 'data ends at the first NUL',
    caughtBy: ['records/nul'],
    broken: (plain) =>
      rewritten(plain, (record) => ({ ...record, data: record.data.split('\0')[0] ?? '' })),
  },
  {
    fault: 'data goes through latin1',
    caughtBy: ['records/unicode', 'records/large'],
    broken: (plain) =>
      rewritten(plain, (record) => ({
        ...record,
        data: Buffer.from(record.data, 'latin1').toString('latin1'),
      })),
  },
  {
    fault: 'data goes through UTF-8',
    caughtBy: ['records/lone-surrogates'],
    broken: (plain) =>
      rewritten(plain, (record) => ({ ...record, data: Buffer.from(record.data).toString() })),
  },
  {
    fault: 'data that looks like JSON is parsed and printed',
    caughtBy: ['records/look-alikes'],
    broken: (plain) =>
      rewritten(plain, (record) => {
        try {
          return { ...record, data: JSON.stringify(JSON.parse(record.data)) };
        } catch {
          return record;
        }
      }),
  },
  {
    fault: 'times are 32-bit numbers of seconds',
    caughtBy: ['records/times', 'records/every-field'],
    broken: (plain) =>
      rewritten(plain, (record) => ({
        ...record,
        createdAt: (Math.trunc(record.createdAt / 1000) | 0) * 1000,
      })),
  },
  {
    fault: 'user agents are cut at 255 characters',
    caughtBy: ['records/long-facts'],
    broken: (plain) =>
      rewritten(plain, ({ userAgent, ...record }) => ({
        ...record,
        ...(userAgent !== undefined && { userAgent: userAgent.slice(0, 255) }),
      })),
  },
  {
    fault: 'read gives out what is stored',
    caughtBy: ['records/copies'],
    broken: (_, shared) => ({ read: async (id) => liveRow(shared, id) }),
  },
  {
    fault: 'create keeps what was passed in',
    caughtBy: ['records/copies'],
    broken: (plain, shared) => ({
      async create(id, record) {
        const version = await plain.create(id, record);
        const row = shared.rows.get(id);
        if (version !== undefined && row) row.record = record;
        return version;
      },
    }),
  },
];
