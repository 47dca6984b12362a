import { expect, test } from 'vitest';
import {
  eachEntry,
  isMoved,
  type SessionRecord,
  type SessionStore,
} from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type MovingStore, type MovingStoreOptions, movingStore } from '../../src/stores/moving.js';
import { type Process, randomFrom, Schedule } from './moving-schedule.js';

const RUNS = process.env.SOJOURN_LONG === '1' ? 5000 : 200;
const ID = 'session';
const USER = 'ada';
const HOUR = 3_600_000;

/** What runs at the same time, one after the other: forward, and then back. */
const STAGES = {
  forward: [['prepare'], ['prepare', 'move'], ['move', 'move']],
  back: [
    ['move', 'move'],
    ['move', 'prepare back'],
    ['prepare back', 'move back'],
    ['move back', 'move back'],
  ],
} as const;
type Use = (typeof STAGES)[keyof typeof STAGES][number][number];

/** What was acknowledged, and must be true at the end. */
interface Promised {
  readonly appended: Set<string>;
  touchedUntil: number;
  hasEnded: boolean;
}

class Run {
  readonly random: (below: number) => number;
  readonly #schedule: Schedule;
  readonly #old: SessionStore = memoryStore({ warn: false });
  readonly #new: SessionStore = memoryStore({ warn: false });
  readonly #promised: Promised = { appended: new Set(), touchedUntil: 0, hasEnded: false };
  readonly #start = Date.now();
  /** In a run either data or times change: an update may put back the times of a touch. */
  readonly #changesData: boolean;
  readonly #ends: boolean;
  #tasks = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.#schedule = new Schedule(this.random);
    this.#changesData = this.random(3) > 0;
    this.#ends = this.random(3) === 0;
  }

  async play(): Promise<void> {
    const begun: SessionRecord = {
      data: '[]',
      createdAt: this.#start,
      touchedAt: this.#start,
      expiresAt: this.#start + HOUR,
      userId: USER,
    };
    await this.#old.create(ID, begun);
    const goesBack = this.random(2) === 0;
    for (const uses of STAGES.forward) await this.#stage(uses);
    if (goesBack) for (const uses of STAGES.back) await this.#stage(uses);
    await this.#finish(goesBack);
  }

  async #stage(uses: readonly Use[]): Promise<void> {
    const tasks = uses.flatMap((use) => {
      const process: Process = { answersLeft: this.random(3) === 0 ? this.random(30) : 10_000 };
      const store = this.#storeOf(use, process);
      return Array.from({ length: 1 + this.random(3) }, () => ({
        process,
        task: this.#task(store, use),
      }));
    });
    await this.#schedule.run(tasks);
  }

  #storeOf(use: Use, process?: Process): MovingStore {
    const reach = (store: SessionStore): SessionStore =>
      process === undefined ? store : this.#schedule.reach(store, process);
    const ends = [reach(this.#old), reach(this.#new)] as const;
    const [from, to] = use.endsWith('back') ? [ends[1], ends[0]] : ends;
    const phase = use.split(' ')[0] as MovingStoreOptions['phase'];
    return movingStore({ from, to, phase });
  }

  #task(store: MovingStore, use: Use): Promise<unknown> {
    const choice = this.random(8);
    if (choice === 0 && this.#ends) return this.#end(store);
    if (choice <= 2 && use.startsWith('move')) return this.#moveAll(store);
    if (choice === 3) return this.#list(store);
    if (choice === 4) return this.#read(store);
    return this.#changesData ? this.#append(store) : this.#touch(store);
  }

  async #append(store: SessionStore): Promise<void> {
    const name = `${this.#tasks++}`;
    for (;;) {
      const hadEnded = this.#promised.hasEnded;
      const found = await store.read(ID);
      if (found === undefined) return this.#checkAbsence();
      expect(hadEnded, 'a session that ended is read').toBe(false);
      const names: string[] = JSON.parse(found.record.data);
      // A write whose answer was lost has happened.
      const isDone =
        names.includes(name) ||
        (await store.update(
          ID,
          { ...found.record, data: JSON.stringify([...names, name]) },
          found.version,
        )) !== undefined;
      if (!isDone) continue;
      this.#promised.appended.add(name);
      return;
    }
  }

  async #touch(store: SessionStore): Promise<void> {
    const until = this.#start + HOUR + ++this.#tasks;
    if (!(await store.touch(ID, until, this.#start))) return this.#checkAbsence();
    this.#promised.touchedUntil = Math.max(this.#promised.touchedUntil, until);
  }

  async #end(store: SessionStore): Promise<void> {
    await store.destroy(ID);
    this.#promised.hasEnded = true;
  }

  async #read(store: SessionStore): Promise<void> {
    const hadEnded = this.#promised.hasEnded;
    const found = await store.read(ID);
    if (found === undefined) this.#checkAbsence();
    else expect(hadEnded, 'a session that ended is read').toBe(false);
  }

  async #list(store: MovingStore): Promise<void> {
    const ids: string[] = [];
    for await (const { id } of eachEntry((page) => store.byUser?.(USER, page) as never))
      ids.push(id);
    if (!this.#ends) expect(ids).toEqual([ID]);
  }

  async #moveAll(store: MovingStore): Promise<void> {
    for await (const _ of store.move());
  }

  /** Only a run that ends the session may miss it. */
  #checkAbsence(): void {
    expect(this.#ends, 'the session is missed').toBe(true);
  }

  /** Moves what is left, and sees what is there. */
  async #finish(goesBack: boolean): Promise<void> {
    const [left, arrived] = goesBack ? [this.#new, this.#old] : [this.#old, this.#new];
    await this.#moveAll(this.#storeOf(goesBack ? 'move back' : 'move'));
    // What is still on its way comes too late.
    while (await this.#schedule.step());
    expect(await left.count?.()).toBe(0);
    const found = await arrived.read(ID);
    if (found === undefined || isMoved(found.record)) return this.#checkAbsence();
    expect(this.#promised.hasEnded, 'a session that ended is there').toBe(false);
    const names: string[] = JSON.parse(found.record.data);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(expect.arrayContaining([...this.#promised.appended]));
    expect(found.record.expiresAt).toBeGreaterThanOrEqual(this.#promised.touchedUntil);
  }
}

const SEED = Number(process.env.SOJOURN_SEED ?? 1);

test(`V-01 V-02 F-01 in ${RUNS} orders of the calls of servers in different phases, some of which crash, nothing is lost, revived or missed`, async () => {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    try {
      await new Run(seed).play();
    } catch (error) {
      throw new Error(`SOJOURN_SEED=${seed}: ${String(error)}`, { cause: error });
    }
  }
});
