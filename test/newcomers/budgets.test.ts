import { describe, expect, test } from 'vitest';
import { type NewcomersOptions, newcomers } from '../../src/newcomers/index.js';
import { networkOf } from '../../src/newcomers/network.js';
import { readOptions } from '../../src/newcomers/options.js';

const START = Date.UTC(2026, 10, 28);
const MINUTE = 60_000;

/** The budgets alone, without sessions. */
function budgets(options: NewcomersOptions) {
  const [, admit] = readOptions(options);
  return { admit };
}

describe('V-23: a budget of new sessions', () => {
  test('lets max come at once, and the others one by one as it fills up again', () => {
    const rules = budgets({ total: { max: 3, per: '1m' } });
    const ask = (after: number) => rules.admit('192.0.2.1', START + after);
    expect([ask(0), ask(0), ask(0)]).toEqual([undefined, undefined, undefined]);
    expect(ask(0)).toEqual({ by: 'total', wait: 20_000 });
    expect(ask(5_000)).toEqual({ by: 'total', wait: 15_000 });
    expect(ask(20_000)).toBeUndefined();
    expect(ask(20_000)).toEqual({ by: 'total', wait: 20_000 });
    expect([ask(5 * MINUTE), ask(5 * MINUTE), ask(5 * MINUTE)]).toEqual(Array(3).fill(undefined));
    expect(ask(5 * MINUTE)).toEqual({ by: 'total', wait: 20_000 });
  });

  test.for([1, 3, 7, 60, 1000, 99_999])('of %i admits as many at once, and not one more', (max) => {
    const rules = budgets({ total: { max, per: '7m' } });
    let admitted = 0;
    while (rules.admit('192.0.2.1', START) === undefined) admitted++;
    expect(admitted).toBe(max);
  });

  test('is for each address', () => {
    const rules = budgets({ perAddress: { max: 1, per: '1m' } });
    expect(rules.admit('192.0.2.1', START)).toBeUndefined();
    expect(rules.admit('192.0.2.2', START)).toBeUndefined();
    expect(rules.admit('192.0.2.1', START)).toEqual({ by: 'address', wait: MINUTE });
  });

  test('is not spent by who is over the other one', () => {
    const rules = budgets({
      perAddress: { max: 1, per: '1m' },
      total: { max: 2, per: '1m' },
    });
    rules.admit('192.0.2.1', START);
    for (let hit = 0; hit < 10; hit++)
      expect(rules.admit('192.0.2.1', START)).toMatchObject({ by: 'address' });
    expect(rules.admit('192.0.2.2', START)).toBeUndefined();
    expect(rules.admit('192.0.2.3', START)).toEqual({ by: 'total', wait: MINUTE / 2 });
    expect(rules.admit('192.0.2.3', START + MINUTE / 2)).toBeUndefined();
  });

  test('refuses for no longer than it needs to fill when the clock is set back', () => {
    const rules = budgets({ total: { max: 2, per: '1m' } });
    for (let hit = 0; hit < 5; hit++) rules.admit('192.0.2.1', START);
    const back = START - 60 * MINUTE;
    expect(rules.admit('192.0.2.1', back)).toEqual({ by: 'total', wait: MINUTE / 2 });
    expect(rules.admit('192.0.2.1', back + MINUTE / 2)).toBeUndefined();
  });

  test('remembers the latest addresses, and no more than it may', () => {
    const rules = budgets({ perAddress: { max: 1, per: '1h' }, maxAddresses: 100 });
    const isAdmitted = (host: number) =>
      rules.admit(`198.51.100.${host}`, START + host) === undefined;
    expect(isAdmitted(0)).toBe(true);
    for (let host = 1; host < 100; host++) isAdmitted(host);
    // It asked again meanwhile, so others are older.
    expect(isAdmitted(0)).toBe(false);
    expect(isAdmitted(100)).toBe(true);
    expect(isAdmitted(0)).toBe(false);
    expect(isAdmitted(1)).toBe(true);
  });

  test('an address that is unknown counts in all alone, and a warning says so once', async () => {
    const rules = budgets({ perAddress: { max: 1, per: '1m' }, total: { max: 3, per: '1m' } });
    const warned: Error[] = [];
    const listen = (warning: Error): unknown => warned.push(warning);
    process.on('warning', listen);
    for (const address of [undefined, 'unknown', undefined])
      expect(rules.admit(address, START)).toBeUndefined();
    expect(rules.admit(undefined, START)).toMatchObject({ by: 'total' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warned.map(({ message }) => message)).toEqual([
      expect.stringContaining('remoteAddress'),
    ]);
  });
});

test.for([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1::5:6:7:8', '2001:db8:1:0::/64'],
  ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
  ['2001:db8:1:2::192.0.2.1', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', undefined],
  ['', undefined],
  ['192.0.2.1, 192.0.2.2', undefined],
] as const)('%s is of the network %s', ([address, network]) => {
  expect(networkOf(address)).toBe(network);
});

test.for([
  { idleTimeout: 0 },
  { idleTimeout: 15 },
  { perAddress: 60 },
  { perAddress: null },
  { perAddress: { max: 0, per: '1m' } },
  { perAddress: { max: 1.5, per: '1m' } },
  { total: { max: 10 } },
  { total: { max: 10, per: '1m', burst: 5 } },
  { maxAddresses: 0 },
  { max: 10 },
  null,
  60,
])('%j is refused', (options) => {
  expect(() => newcomers(options as unknown as NewcomersOptions)).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  );
});
