import { expect, test } from 'vitest';
import { nextStep, type Step } from '../../src/core/next-step.js';
import type { Visit } from '../../src/core/visit.js';
import { after, clock, HOUR, MINUTE, set, stored, stranger } from './visit-states.js';

const QUARTER = 15 * MINUTE;

type Row = readonly [
  step: Step,
  name: string,
  make: () => Visit,
  rotateAfter?: number | undefined,
  isTouchOpen?: boolean,
];

const rows: readonly Row[] = [
  // Nothing is stored yet.
  ['nothing', 'a stranger without data', () => stranger()],
  ['create', 'a stranger with data', () => set(stranger())],
  [
    'nothing',
    'data that was removed again',
    () => after(set(stranger()), (v) => v.journal.replace('n', undefined)),
  ],
  ['nothing', 'values of now() alone', () => after(stranger(), (v) => v.journal.pass('n', 1))],
  [
    'nothing',
    'a planned place without data',
    () => after(stranger(), (v) => v.plan({ id: 'p', token: 'p' })),
  ],
  [
    'create',
    'a planned place with data',
    () => after(set(stranger()), (v) => v.plan({ id: 'p', token: 'p' })),
  ],
  ['create', 'data of a request that is no use', () => set(stranger({ isUse: false }))],
  [
    'create',
    'data on a plain connection, which is then refused aloud',
    () => set(stranger({}, false)),
  ],

  // Nothing can be stored.
  ['nothing', 'data of a reader', () => set(stranger({ isReadOnly: true }))],
  [
    'nothing',
    'a reader of a session whose touch is due',
    () => stored({ idle: QUARTER, mode: { isReadOnly: true } }),
  ],
  [
    'nothing',
    'a reader of a session whose renewal is due',
    () => stored({ age: HOUR, mode: { isReadOnly: true } }),
    QUARTER,
  ],
  [
    'nothing',
    'data in place of a session that could not be read',
    () => after(set(stranger()), (v) => v.standIn()),
  ],
  ['nothing', 'data of a dead token', () => after(set(stranger()), (v) => v.lose())],
  [
    'nothing',
    'a change of a session that others ended',
    () => after(set(stored()), (v) => v.lose()),
  ],
  ['nothing', 'a session that this request destroyed', () => after(stored(), (v) => v.end())],
  [
    'create',
    'data after a logout',
    () =>
      after(
        stored(),
        (v) => v.end(),
        (v) => v.begin(),
        set,
      ),
  ],
  [
    'nothing',
    'a logout without data after it',
    () =>
      after(
        stored(),
        (v) => v.end(),
        (v) => v.begin(),
      ),
  ],
  [
    'nothing',
    'a change after a commit that failed',
    () => after(set(stored()), (v) => v.fail(new Error('down'), true)),
  ],
  [
    'update',
    'a change after a verb that failed and was repeated',
    () =>
      after(
        set(stored()),
        (v) => v.fail(new Error('down'), false),
        (v) => v.recover(),
      ),
  ],

  // A stored session that is young.
  ['nothing', 'a request that only reads', () => stored()],
  ['nothing', 'a value that was looked at', () => after(stored(), (v) => v.journal.get('list'))],
  ['update', 'a value that was set', () => set(stored())],
  [
    'update',
    'a value that was removed',
    () => after(stored(), (v) => v.journal.replace('n', undefined)),
  ],
  [
    'update',
    'a list that was changed in place',
    () => after(stored(), (v) => (v.journal.get('list') as number[]).push(2)),
  ],
  ['update', 'data that were cleared', () => after(stored(), (v) => v.journal.clear())],
  [
    'update',
    'a proof, which is no data',
    () => after(stored(), (v) => v.journal.learn({ provedAt: 1 })),
  ],
  [
    'update',
    'flash that was read',
    () =>
      after(
        stored(),
        (v) => v.journal.get('note'),
        (v) => v.journal.endFlash(),
      ),
  ],
  [
    'nothing',
    'flash that was read and not shown',
    () => after(stored(), (v) => v.journal.get('note')),
  ],
  ['update', 'a change of a request that is no use', () => set(stored({ mode: { isUse: false } }))],
  [
    'update',
    'a move that was decided and not confirmed',
    () => stored({ facts: { provisionalUntil: clock.now() + HOUR } }),
  ],
  [
    'update',
    'the same, reached by an older token',
    () => stored({ via: 'old', facts: { provisionalUntil: clock.now() + HOUR } }),
  ],

  // Touches.
  ['touch', 'a touch that was asked for', () => after(stored(), (v) => v.askFor('touch'))],
  [
    'touch',
    'the same in a request that is no use',
    () => after(stored({ mode: { isUse: false } }), (v) => v.askFor('touch')),
  ],
  [
    'update',
    'a touch that was asked for, with a change',
    () => after(set(stored()), (v) => v.askFor('touch')),
  ],
  ['touch', 'a token of an older secret, which is sent anew', () => stored({ isStale: true })],
  ['nothing', 'a touch that is younger than touchAfter', () => stored({ idle: 3 * MINUTE - 1 })],
  ['touch', 'a touch that is due', () => stored({ idle: 3 * MINUTE })],
  [
    'nothing',
    'a touch that another request did',
    () => stored({ idle: 3 * MINUTE }),
    undefined,
    false,
  ],
  [
    'nothing',
    'a touch that is due in a request that is no use',
    () => stored({ idle: QUARTER, mode: { isUse: false } }),
  ],
  [
    'nothing',
    'a deadline that cannot move, at the end of the lifetime',
    () => stored({ age: 10 * HOUR - MINUTE, idle: QUARTER }),
  ],

  // The first use of a renewed token.
  [
    'touch',
    'a renewed token that comes back for the first time',
    () => stored({ facts: { renewedFrom: ['old'] } }),
  ],
  [
    'nothing',
    'the old token in its place',
    () => stored({ via: 'old', facts: { renewedFrom: ['old'] } }),
  ],
  [
    'nothing',
    'the renewed token in a request that is no use',
    () => stored({ mode: { isUse: false }, facts: { renewedFrom: ['old'] } }),
  ],
  [
    'update',
    'the renewed token with a change',
    () => set(stored({ facts: { renewedFrom: ['old'] } })),
  ],

  // Renewals.
  [
    'nothing',
    'a token that is younger than rotateAfter',
    () => stored({ age: QUARTER - 1 }),
    QUARTER,
  ],
  ['renew', 'a token that is old enough', () => stored({ age: QUARTER }), QUARTER],
  ['renew', 'the same with a change', () => set(stored({ age: QUARTER })), QUARTER],
  [
    'renew',
    'the same while another request touches',
    () => stored({ age: QUARTER, idle: QUARTER }),
    QUARTER,
    false,
  ],
  [
    'nothing',
    'an old session whose token is young',
    () => stored({ age: HOUR, facts: { renewedAt: clock.now() } }),
    QUARTER,
  ],
  [
    'renew',
    'an old session whose token is old',
    () => stored({ age: HOUR, facts: { renewedAt: clock.now() - QUARTER } }),
    QUARTER,
  ],
  [
    'nothing',
    'a request that is no use',
    () => stored({ age: QUARTER, mode: { isUse: false } }),
    QUARTER,
  ],
  [
    'update',
    'a change in a request that is no use',
    () => set(stored({ age: QUARTER, mode: { isUse: false } })),
    QUARTER,
  ],
  [
    'nothing',
    'a plain connection, which cannot carry the token',
    () => stored({ age: QUARTER, secure: false }),
    QUARTER,
  ],
  [
    'update',
    'a change on a plain connection',
    () => set(stored({ age: QUARTER, secure: false })),
    QUARTER,
  ],
  ['nothing', 'an old token while rotateAfter is off', () => stored({ age: QUARTER })],
  [
    'renew',
    'an old token whose client did not take the new one',
    () => stored({ age: HOUR, via: 'old' }),
    QUARTER,
  ],
];

test.for(rows)('%s: %s', ([step, , make, rotateAfter, isTouchOpen]) => {
  expect(nextStep(make(), { rotateAfter, now: clock.now }, isTouchOpen)).toBe(step);
});
