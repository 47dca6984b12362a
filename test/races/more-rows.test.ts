import { it } from 'vitest';
import { findServer } from '../../scripts/servers/index.js';
import { expectClean } from './rows.js';

it.each([
  { store: 'memory', adapter: 'express', trials: 2 },
  { store: 'memory', adapter: 'fetch', trials: 2 },
  { store: 'file (2 processes)', adapter: 'node', trials: 1 },
])(
  'V-02, F-06: the races lose and revive nothing with $store, $adapter',
  ({ store, adapter, trials }) => {
    expectClean(store, adapter, trials);
  },
);

// The program starts a server of its own.
const { available } = await findServer('postgres');
it.skipIf(!available)('V-02, F-06: the races lose and revive nothing with postgres, node', () => {
  expectClean('postgres (2 processes)', 'node', 1);
});
