// Type tests: this folder is compiled, never run. A line after `@ts-expect-error` must be refused
// by the compiler.
import type { Duration } from '../../src/core/expiry.js';

export const text: Duration = '30m';
export const milliseconds: Duration = 1_800_000;

// @ts-expect-error a text needs a unit
export const withoutUnit: Duration = '30';

// @ts-expect-error the unit is not one of ms, s, m, h, d
export const inWeeks: Duration = '2w';
