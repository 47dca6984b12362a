import fc from 'fast-check';
import type { SessionOptions } from '../../src/core/options.js';
import { createSessions } from '../../src/core/sessions.js';
import { headerTransport } from '../../src/http/header-transport.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { manualClock } from '../../src/testing/clock.js';
import type { StoresUnderTest } from '../../src/testing/store-suite.js';
import { History } from './history.js';
import { judge } from './judge.js';
import { contentOf } from './model.js';
import { type Data, STEPS, type Step, type Visitor, VisitorRequest } from './request.js';

/** What {@link explore} needs to know. */
export interface Exploration {
  /**
   * Makes an empty store whose clock is `now`, and a second instance on the same backend; called
   * once for each run.
   */
  createStore: (context: { now: () => number }) => Promise<StoresUnderTest>;
  /** How many programs are run, each in one order of its store calls. Default 300. */
  runs?: number | undefined;
  /** Explores from here; the message of a failure names it and the path to the failure. */
  seed?: number | undefined;
  path?: string | undefined;
  /** For the sessions; the explorer chooses store, clock and transport. */
  options?: Partial<SessionOptions> | undefined;
}

/** The requests of one visitor that run at once, each on one of two servers. */
interface Program {
  readonly requests: readonly { readonly server: number; readonly steps: readonly Step[] }[];
  /** Whether the visitor's last page flashed something. */
  readonly isFlashed: boolean;
  /** Whether calls may be inside the store at the same time; if not, each is one step there. */
  readonly isOverlapping: boolean;
}

const programs: fc.Arbitrary<Program> = fc.record({
  requests: fc.array(
    fc.record({
      server: fc.nat({ max: 1 }),
      steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 5 }),
    }),
    {
      minLength: 2,
      maxLength: 5,
    },
  ),
  isFlashed: fc.boolean(),
  isOverlapping: fc.boolean(),
});

/**
 * Runs programs of concurrent requests in many orders of their store calls, and rejects when what
 * came out is not what CONTRACTS.md, section 2 promises; with the smallest such program, its order,
 * and the seed and path to run it again.
 */
export async function explore({
  createStore,
  runs = 300,
  seed,
  path,
  options = {},
}: Exploration): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), programs, (scheduler, program) =>
    runProgram(scheduler, program),
  );
  await fc.assert(property, {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });

  async function runProgram(scheduler: fc.Scheduler, program: Program): Promise<void> {
    const clock = manualClock(Date.now());
    const { store, second = store, cleanup } = await createStore({ now: clock.now });
    try {
      const wrong = await contradictions(scheduler, program, [store, second], clock);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    } finally {
      await cleanup?.();
    }
  }

  async function contradictions(
    scheduler: fc.Scheduler,
    { requests, isFlashed, isOverlapping }: Program,
    stores: readonly SessionStore[],
    clock: ReturnType<typeof manualClock>,
  ): Promise<string[]> {
    const history = new History();
    let callsUnderWay = 0;
    let isHeldUp = false;

    /** Lets what was set free go on until it waits for the next turn. */
    async function act(release: () => Promise<void>): Promise<void> {
      await release();
      if (isOverlapping) return;
      do await new Promise((resolve) => setImmediate(resolve));
      while (callsUnderWay > 0);
    }
    const visitor: Visitor = {
      history,
      token: '',
      acknowledgements: [],
      openings: [],
      wrong: [],
      turn: (label) =>
        isHeldUp ? scheduler.schedule(Promise.resolve(), label, undefined, act) : Promise.resolve(),
    };
    const underWay = (change: number): void => {
      callsUnderWay += change;
    };
    const pace = { turn: visitor.turn, underWay };
    const servers = stores.map((store) =>
      createSessions<Data>({
        ...options,
        store: history.watch(store, pace),
        now: clock.now,
        transport: headerTransport('x-session'),
      }),
    );
    const visit = (name: string, server: number, steps: readonly Step[]): Promise<void> => {
      const sessions = servers[server];
      if (sessions === undefined) throw new Error(`there is no server ${server}`);
      const request = new VisitorRequest(name, server, sessions, visitor);
      return history.inRun(request, () => request.handle(steps));
    };

    await visit('first', 0, [
      'set a',
      'increment',
      'push nested',
      ...(isFlashed ? (['flash'] as const) : []),
    ]);
    clock.advance('20m');
    isHeldUp = true;
    await scheduler.waitFor(
      Promise.all(
        requests.map(({ server, steps }, index) => visit(`R${index + 1}`, server, steps)),
      ),
    );
    isHeldUp = false;
    await visit('last', 1, []);

    const [store] = stores;
    const remains = new Map<string, ReturnType<typeof contentOf> | undefined>();
    for (const id of new Set(history.calls.map(({ id }) => id))) {
      const found = await store?.read(id);
      remains.set(id, found && contentOf(found.record.data));
    }
    return [...visitor.wrong, ...judge({ ...visitor, remains })];
  }
}
