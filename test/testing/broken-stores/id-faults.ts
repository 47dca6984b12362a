import { type BrokenStore, renamed } from './broken-store.js';

export const ID_FAULTS: readonly BrokenStore[] = [
  {
    fault: 'ids are folded to lower case',
    caughtBy: ['ids/alike'],
    broken: (plain) => renamed(plain, (id) => id.toLowerCase()),
  },
  {
    fault: 'ids are trimmed',
    caughtBy: ['ids/alike'],
    broken: (plain) => renamed(plain, (id) => id.trimEnd()),
  },
  {
    fault: 'ids are normalised',
    caughtBy: ['ids/alike'],
    broken: (plain) => renamed(plain, (id) => id.normalize('NFC')),
  },
  {
    fault: 'ids are cut',
    caughtBy: ['ids/long'],
    broken: (plain) => renamed(plain, (id) => id.slice(0, 191)),
  },
  {
    fault: 'ids end at the first NUL',
    caughtBy: ['ids/nul'],
    broken: (plain) => renamed(plain, (id) => id.split('\0')[0] ?? ''),
  },
  {
    fault: 'ids go through UTF-8',
    caughtBy: ['ids/lone-surrogates'],
    broken: (plain) => renamed(plain, (id) => Buffer.from(id).toString()),
  },
  {
    fault: 'ids are file names without their folder',
    caughtBy: ['ids/hostile'],
    broken: (plain) => renamed(plain, (id) => id.split('/').at(-1) ?? id),
  },
  {
    fault: 'ids are properties of a plain object',
    caughtBy: ['ids/hostile'],
    broken: (plain) => ({
      create: async (id, record) => (id in {} ? undefined : plain.create(id, record)),
    }),
  },
];
