import fc from 'fast-check';
import type { SessionOptions } from '../../src/core/options.js';
import { createSessions } from '../../src/core/sessions.js';
import { headerTransport } from '../../src/http/header-transport.js';
import { tokenId } from '../../src/keys/token.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { type ManualClock, manualClock } from '../../src/testing/clock.js';
import type { StoresUnderTest } from '../../src/testing/store-suite.js';
import { History, type Run } from './history.js';
import { judge } from './judge.js';
import { contentOf } from './model.js';
import { Outside } from './outside.js';
import {
  type Plan,
  type Program,
  type ProgramOptions,
  programs,
  type RequestPlan,
} from './program.js';
import { type Step, VisitorRequest } from './request.js';
import type { Data } from './steps.js';
import type { Device, Visitor } from './visitor.js';

/** What {@link explore} needs to know. */
export interface Exploration extends ProgramOptions {
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

/** Steps after which a session may be elsewhere, or nowhere. */
const MOVES: ReadonlySet<Step> = new Set<Step>([
  'regenerate',
  'login',
  'login bob',
  'revoke others',
  'invalidate',
  'destroy',
]);

/**
 * Runs programs of concurrent requests in many orders of their store calls, and rejects when what
 * came out is not what the core promises; with the smallest such program, its order, and the seed
 * and path to run it again.
 */
export async function explore({
  createStore,
  runs = 300,
  seed,
  path,
  options = {},
  ...shape
}: Exploration): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), programs(shape), runProgram);
  await fc.assert(property, {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });

  async function runProgram(scheduler: fc.Scheduler, program: Program): Promise<void> {
    const clock = manualClock(Date.now());
    const { store, second = store, cleanup } = await createStore({ now: clock.now });
    try {
      const world = new World(scheduler, program, [store, second], clock, options);
      const wrong = await world.run();
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    } finally {
      await cleanup?.();
    }
  }
}

/** One program on two servers, in one order of its store calls. */
class World implements Visitor {
  readonly history: History = new History();
  readonly acknowledgements: Visitor['acknowledgements'] = [];
  readonly openings: Visitor['openings'] = [];
  readonly wrong: string[] = [];
  readonly clock: ManualClock;
  readonly #scheduler: fc.Scheduler;
  readonly #program: Program;
  readonly #stores: readonly SessionStore[];
  readonly #servers: readonly ReturnType<typeof createSessions<Data>>[];
  readonly #options: Partial<SessionOptions>;
  readonly #devices: Device[] = [];
  #late: Promise<void>[] = [];
  #callsUnderWay = 0;
  #writes = 0;
  #isHeldUp = false;

  constructor(
    scheduler: fc.Scheduler,
    program: Program,
    stores: readonly SessionStore[],
    clock: ManualClock,
    options: Partial<SessionOptions>,
  ) {
    this.#scheduler = scheduler;
    this.#program = program;
    this.#stores = stores;
    this.#options = options;
    this.clock = clock;
    this.#servers = stores.map((store) =>
      createSessions<Data>({
        storeTimeout: '20s',
        ...options,
        store: this.history.watch(store, this),
        now: clock.now,
        transport: headerTransport('x-session'),
      }),
    );
  }

  async run(): Promise<string[]> {
    const { rounds } = this.#program;
    const plans = rounds.flatMap((round) => round.plans);
    const devices = 1 + Math.max(...plans.map(({ device }) => device));
    for (let device = 0; device < devices; device++) await this.#setUp(device);
    for (const [number, round] of rounds.entries()) {
      this.clock.advance(round.pause);
      await this.#play(round.plans, number);
    }
    const signedIn = this.#signedIn();
    for (let device = 0; device < devices; device++)
      await this.#visit(`last ${device}`, { ...PLAIN, device, server: 1 });
    const remains = new Map<string, ReturnType<typeof contentOf> | undefined>();
    for (const id of new Set(this.history.calls.map((call) => call.id))) {
      const found = await this.#stores[0]?.read(id);
      remains.set(id, found && contentOf(found.record));
    }
    const limit = this.#options.sessionsPerUser?.max;
    const hasFaults = this.#program.faults.length > 0;
    const now = this.clock.now();
    return [...this.wrong, ...judge({ ...this, remains, now, limit, hasFaults, signedIn })];
  }

  device(number: number): Device {
    const device = this.#devices[number];
    if (device === undefined) throw new Error(`there is no device ${number}`);
    return device;
  }

  get endsWithPage(): boolean {
    return (this.#options.flash ?? 'page') === 'page';
  }

  get mayConflict(): boolean {
    return this.#program.faults.length > 0;
  }

  turn(label: string): Promise<void> {
    if (!this.#isHeldUp) return Promise.resolve();
    return this.#scheduler.schedule(Promise.resolve(), label, undefined, (release) =>
      this.#act(release),
    );
  }

  underWay(change: 1 | -1): void {
    this.#callsUnderWay += change;
  }

  nextFault(): Program['faults'][number]['fault'] | undefined {
    if (!this.#isHeldUp) return undefined;
    const write = this.#writes++;
    return this.#program.faults.find((fault) => fault.write === write)?.fault;
  }

  later(task: () => Promise<void>): void {
    this.#late.push(this.turn('a late write').then(task));
  }

  /** Lets what was set free go on until it waits for the next turn. */
  async #act(release: () => Promise<void>): Promise<void> {
    await release();
    if (this.#program.isOverlapping) return;
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#callsUnderWay > 0);
  }

  async #setUp(device: number): Promise<void> {
    const { isLoggedIn, isFlashed } = this.#program;
    this.#devices.push({ token: '', firstToken: '', firstId: '', firstHandle: '' });
    const steps: readonly Step[] = [
      'set a',
      'increment',
      'push nested',
      ...(isFlashed ? (['flash'] as const) : []),
      ...(isLoggedIn ? (['login'] as const) : []),
    ];
    await this.#visit(`first ${device}`, { ...PLAIN, device, steps });
    const { token } = this.device(device);
    const firstId = tokenId(token);
    const written = this.history.calls.findLast((call) => call.id === firstId);
    const firstHandle = written?.content?.handle ?? '';
    this.#devices[device] = { token, firstToken: token, firstId, firstHandle };
  }

  /** Plays the plans of a round at once. */
  async #play(plans: readonly Plan[], round: number): Promise<void> {
    this.#isHeldUp = true;
    const played = plans.map((plan, index) => {
      const name = `R${round}${index + 1}`;
      return plan.kind === 'request' ? this.#visit(name, plan) : this.#intrude(name, plan);
    });
    await this.#scheduler.waitFor(Promise.all(played));
    while (this.#late.length > 0) {
      const late = this.#late;
      this.#late = [];
      await this.#scheduler.waitFor(Promise.allSettled(late));
    }
    this.#isHeldUp = false;
  }

  #visit(name: string, plan: RequestPlan): Promise<void> {
    const request = new VisitorRequest(name, plan, this.#server(plan.server), this);
    return this.#inRun(request);
  }

  #intrude(name: string, plan: Extract<Plan, { kind: 'outside' }>): Promise<void> {
    return this.#inRun(new Outside(name, plan, this.#server(plan.server), this));
  }

  #inRun(run: Run & { handle(): Promise<void> }): Promise<void> {
    return this.history.inRun(run, () => run.handle());
  }

  #server(number: number): ReturnType<typeof createSessions<Data>> {
    const sessions = this.#servers[number];
    if (sessions === undefined) throw new Error(`there is no server ${number}`);
    return sessions;
  }

  /** Devices whose session nobody ended or moved, and whose old token was shown only in time. */
  #signedIn(): ReadonlySet<number> {
    const { rounds } = this.#program;
    const signedIn = new Set(this.#devices.keys());
    if (this.#options.sessionsPerUser !== undefined) return new Set();
    for (const [number, { plans }] of rounds.entries()) {
      for (const plan of plans) {
        if (plan.kind === 'outside') {
          if (plan.verb.startsWith('destroy')) return new Set();
          continue;
        }
        const isLate = plan.isOld && number > 0;
        if (plan.steps.includes('revoke others')) return new Set();
        if (isLate || plan.steps.some((step) => MOVES.has(step))) signedIn.delete(plan.device);
      }
    }
    return signedIn;
  }
}

const PLAIN: RequestPlan = {
  kind: 'request',
  device: 0,
  server: 0,
  steps: [],
  isOld: false,
  isAnswerLost: false,
};
