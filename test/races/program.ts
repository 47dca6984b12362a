import fc from 'fast-check';
import { FAULTS, type Fault } from './faults.js';
import { OUTSIDE_VERBS, type OutsideVerb } from './outside.js';
import { STEPS, type Step } from './request.js';

/** A request of a device. */
export interface RequestPlan {
  readonly kind: 'request';
  readonly device: number;
  readonly server: number;
  readonly steps: readonly Step[];
  /** Whether it left the browser before all others, so that it has the first token. */
  readonly isOld: boolean;
  /** Whether its answer never arrives. */
  readonly isAnswerLost: boolean;
}

/** A verb without a request. */
export interface OutsidePlan {
  readonly kind: 'outside';
  readonly verb: OutsideVerb;
  readonly device: number;
  readonly server: number;
}

export type Plan = RequestPlan | OutsidePlan;

/** What happens at once, once so much time has passed. */
export interface Round {
  readonly pause: (typeof PAUSES)[number];
  readonly plans: readonly Plan[];
}

/** What one user's devices and a few verbs from outside do. */
export interface Program {
  readonly rounds: readonly Round[];
  /** Whether each device has logged in before. */
  readonly isLoggedIn: boolean;
  /** Whether the devices' last page flashed something. */
  readonly isFlashed: boolean;
  /** Whether calls may be inside the store at the same time; if not, each is one step there. */
  readonly isOverlapping: boolean;
  /** Which writes go wrong, counted from 0. */
  readonly faults: readonly { readonly write: number; readonly fault: Fault }[];
}

/** Which programs are tried. */
export interface ProgramOptions {
  /** Whether writes may go wrong. Default false. */
  readonly hasFaults?: boolean | undefined;
  /** Whether time passes between requests. Default false. */
  readonly hasPauses?: boolean | undefined;
  /** The steps of requests. Default all. */
  readonly steps?: readonly Step[] | undefined;
  /** Whether verbs from outside are tried. Default true. */
  readonly hasOutside?: boolean | undefined;
}

/** Longer than the overlap of a renewal, than the age of a token; together below `idleTimeout`. */
const PAUSES = ['1ms', '40s', '20m'] as const;

export function programs({
  hasFaults = false,
  hasPauses = false,
  steps = STEPS,
  hasOutside = true,
}: ProgramOptions): fc.Arbitrary<Program> {
  const server = fc.nat({ max: 1 });
  const device = fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    { arbitrary: fc.nat({ max: 2 }), weight: 2 },
  );
  const seldom = fc.nat({ max: 4 }).map((number) => number === 4);
  const request: fc.Arbitrary<Plan> = fc.record({
    kind: fc.constant('request' as const),
    device,
    server,
    steps: fc.array(fc.constantFrom(...steps), { maxLength: 5 }),
    isOld: seldom,
    isAnswerLost: seldom,
  });
  const outside: fc.Arbitrary<Plan> = fc.record({
    kind: fc.constant('outside' as const),
    verb: fc.constantFrom(...OUTSIDE_VERBS),
    device,
    server,
  });
  const plan = hasOutside
    ? fc.oneof({ arbitrary: request, weight: 5 }, { arbitrary: outside, weight: 1 })
    : request;
  const round = (minLength: number, pause: Round['pause'][]): fc.Arbitrary<Round> =>
    fc.record({
      pause: fc.constantFrom(...pause),
      plans: fc.array(plan, { minLength, maxLength: hasPauses ? 3 : 5 }),
    });
  const first = round(2, ['20m']);
  const next = round(1, [...PAUSES]);
  return fc.record({
    rounds: hasPauses
      ? fc.tuple(first, fc.array(next, { maxLength: 3 })).map(([one, more]) => [one, ...more])
      : first.map((one) => [one]),
    isLoggedIn: fc.boolean(),
    isFlashed: fc.boolean(),
    isOverlapping: fc.boolean(),
    faults: hasFaults
      ? fc.array(fc.record({ write: fc.nat({ max: 12 }), fault: fc.constantFrom(...FAULTS) }), {
          minLength: 1,
          maxLength: 2,
        })
      : fc.constant([]),
  });
}
