import type { DynamodbDocument } from './clients.js';
import { sweepAfter } from './items.js';
import { SWEEP_ATTRIBUTE } from './table.js';

type TouchInput = Omit<Parameters<DynamodbDocument['update']>[0], 'TableName' | 'Key'>;

const IS_TOUCHABLE = 'attribute_exists(version) and expiresAt > :now and createdAt <> :moved';

/** What a touch moves. */
interface Times {
  readonly expiresAt: number;
  readonly touchedAt: number;
}

/** The update that moves some of the times of a live item forward, and is refused by later ones. */
export function touchInput(given: Times, times: readonly (keyof Times)[], now: number): TouchInput {
  const set = times.map((time) => `${time} = :${time}`);
  const values: Record<string, number> = { ':now': now, ':moved': 0 };
  for (const time of times) values[`:${time}`] = given[time];
  if (times.includes('expiresAt')) {
    set.push(`${SWEEP_ATTRIBUTE} = :sweepAfter`);
    values[':sweepAfter'] = sweepAfter(given.expiresAt);
  }
  const conditions = times.map((time) => `${time} <= :${time}`);
  return {
    UpdateExpression: `set ${set.join(', ')}`,
    ConditionExpression: [IS_TOUCHABLE, ...conditions].join(' and '),
    ExpressionAttributeValues: values,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}
