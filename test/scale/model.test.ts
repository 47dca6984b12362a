import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Costs } from '../../bench/scale/measure.js';
import {
  DEFAULTS,
  estimate,
  loadOf,
  sharesOf,
  simulateShards,
  type Workload,
} from '../../bench/scale/model.js';

const { stores } = JSON.parse(
  readFileSync(new URL('../../bench/scale/costs.json', import.meta.url), 'utf8'),
) as { stores: Costs[] };
const usual = Object.fromEntries(
  Object.entries(DEFAULTS).map(([name, { value }]) => [name, value]),
) as unknown as Workload;

test('the shares of all operations are one', () => {
  const shares = Object.values(sharesOf(usual));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
  expect(() => sharesOf({ ...usual, changes: 100 })).toThrow('more than 100 percent');
});

test('a visitor who comes less often than once a minute is touched with each request', () => {
  expect(sharesOf({ ...usual, pace: 60 }).read).toBeCloseTo(0);
  expect(sharesOf({ ...usual, pace: 0 }).touch).toBe(0);
});

test.for(stores)(
  'twice the requests of $store cost twice as much, the sessions as before',
  (costs) => {
    const once = loadOf(costs, usual, sharesOf(usual));
    const twice = loadOf(costs, { ...usual, requests: 2 * usual.requests }, sharesOf(usual));
    expect(twice.cores).toBeCloseTo(2 * once.cores);
    expect(twice.log).toBeCloseTo(2 * once.log);
    expect(twice.memory + twice.table).toBe(once.memory + once.table);
  },
);

test('the busiest second of a shard is a little above the mean, the more shards the more', () => {
  const few = simulateShards(100_000, 4).worst;
  const many = simulateShards(100_000, 64).worst;
  expect(few).toBeGreaterThan(1);
  expect(many).toBeGreaterThan(few);
  expect(many).toBeLessThan(1.3);
});

test('every figure of every table is a number', () => {
  const tables = estimate(stores, usual);
  expect(tables.map(({ title }) => title)).toEqual([
    'One operation, and its share of the requests',
    'Redis Cluster',
    'PostgreSQL',
  ]);
  expect(JSON.stringify(tables)).not.toMatch(/NaN|Infinity|undefined/);
});
