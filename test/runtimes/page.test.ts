import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { suitesTable } from './suites.js';

test('docs/adapters/runtimes.md shows what the tests run where', () => {
  const page = readFileSync(new URL('../../docs/adapters/runtimes.md', import.meta.url), 'utf8');
  expect(/^\| runtime .*(?:\n\|.*)+/m.exec(page)?.[0]).toBe(suitesTable());
});
