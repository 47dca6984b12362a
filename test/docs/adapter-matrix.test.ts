import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adapterMatrix } from '../../scripts/adapter-matrix.js';

const page = new URL('../../docs/adapters/matrix.md', import.meta.url);

test('docs/adapters/matrix.md is what node scripts/adapter-matrix.js writes, and has no "no"', () => {
  expect(readFileSync(page, 'utf8')).toBe(adapterMatrix());
  expect(adapterMatrix()).not.toMatch(/\| no \|/);
});
