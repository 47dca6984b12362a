import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { dataSchema } from '../../src/schema/index.js';

export interface Shop {
  cart: { sku: string; quantity: number }[];
  views: number;
  user?: { name: string; age?: number | undefined } | undefined;
  notice?: string | undefined;
}

const zod = z.object({
  cart: z.array(z.object({ sku: z.string(), quantity: z.number().int().positive() })).default([]),
  views: z.number().max(1000).default(10),
  user: z.object({ name: z.string().min(2), age: z.number().optional() }).optional(),
  notice: z.string().optional(),
});

const valibot = v.object({
  cart: v.optional(
    v.array(
      v.object({ sku: v.string(), quantity: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
    ),
    [],
  ),
  views: v.optional(v.pipe(v.number(), v.maxValue(1000)), 10),
  user: v.optional(
    v.object({ name: v.pipe(v.string(), v.minLength(2)), age: v.optional(v.number()) }),
  ),
  notice: v.optional(v.string()),
});

const arktype = type({
  '+': 'reject',
  cart: type({ sku: 'string', quantity: 'number.integer >= 1' })
    .array()
    .default(() => []),
  views: 'number <= 1000 = 10',
  'user?': { name: 'string >= 2', 'age?': 'number' },
  'notice?': 'string',
});

/** The same schema in three libraries. */
export const LIBRARIES = [
  { library: 'zod', schema: dataSchema(zod) },
  { library: 'valibot', schema: dataSchema(valibot) },
  { library: 'arktype', schema: dataSchema(arktype) },
];
