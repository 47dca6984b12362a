// Compiled by `npm run check`, never run: each @ts-expect-error must be an error.

import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { richCodec } from '../../src/codecs/rich.js';
import { createSessions, type Session } from '../../src/index.js';
import { asideOf, type DataOf, dataSchema } from '../../src/schema/index.js';
import { memoryStore } from '../../src/stores/memory.js';

type Same<Left, Right> =
  (<Value>() => Value extends Left ? 1 : 2) extends <Value>() => Value extends Right ? 1 : 2
    ? true
    : false;
declare function same<Left, Right>(proof: Same<Left, Right>): void;

const zodData = dataSchema(
  z.object({
    cart: z.array(z.object({ sku: z.string(), count: z.number() })).default([]),
    user: z.object({ name: z.string() }).optional(),
  }),
);
const zod = createSessions({ store: memoryStore(), data: zodData });
const valibot = createSessions({
  store: memoryStore(),
  data: dataSchema(v.object({ views: v.optional(v.number(), 1), name: v.optional(v.string()) })),
});
const arktype = createSessions({
  store: memoryStore(),
  data: dataSchema(type({ views: 'number = 1', 'name?': 'string' })),
});

export async function typedData(): Promise<void> {
  const session = await zod.open({});
  const cart = session.get('cart');
  same<typeof cart, { sku: string; count: number }[]>(true);
  const byKeys = session.get(['cart']);
  same<typeof byKeys, { sku: string; count: number }[]>(true);
  const user = session.get('user');
  same<typeof user, { name: string } | undefined>(true);
  const name = session.get('user.name');
  same<typeof name, string | undefined>(true);
  const count = session.get('cart.0.count');
  same<typeof count, number | undefined>(true);
  session.push('cart', { sku: 'a', count: 1 }).set('user.name', 'Ada').increment('cart.0.count');
  asideOf(session).map(({ key, reason }) => `${key}: ${reason}`);
  (await zod.read('id'))?.data.user?.name.toUpperCase();
  zod.of({}).get('cart').length.toFixed();
  // @ts-expect-error a key that the schema does not have
  session.get('basket');
  // @ts-expect-error a value of another type
  session.set('user.name', 7);

  const ofValibot = await valibot.open({});
  const views = ofValibot.get('views');
  same<typeof views, number>(true);
  const named = ofValibot.get('name');
  same<typeof named, string | undefined>(true);
  const ofArktype = await arktype.open({});
  const number = ofArktype.get('views');
  same<typeof number, number>(true);
  const text = ofArktype.get('name');
  same<typeof text, string | undefined>(true);

  const any: Session<DataOf<typeof zodData>> = session;
  any.get('cart').at(0)?.sku.trim();
}

const dates = dataSchema(z.object({ since: z.date().optional() }));
createSessions({ store: memoryStore(), codec: richCodec(), data: dates });
// @ts-expect-error JSON cannot keep a Date
createSessions({ store: memoryStore(), data: dates });
// @ts-expect-error a schema that describes no object
dataSchema(z.string());
// @ts-expect-error a schema goes through dataSchema
createSessions({ store: memoryStore(), data: z.object({}) });
