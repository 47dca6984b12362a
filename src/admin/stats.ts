import type { SessionEvents } from '../core/events.js';
import type { EndedPage, EndedQuery, EndedSession } from './ended-log.js';
import { Histogram } from './histogram.js';
import type { AdminSessions } from './options.js';

const MINUTE = 60_000;
/** How many minutes the charts show. */
const MINUTES = 60;
/** How many ended sessions are kept. */
const ENDED = 1000;
/** For how long a count of the store is shown before it is taken again. */
const COUNT_AGE = 60_000;

/** How long calls took, in milliseconds, at most a tenth too high; absent without calls. */
export interface Timing {
  readonly calls: number;
  readonly p50?: number | undefined;
  readonly p99?: number | undefined;
}

/** What happened in one minute. */
export interface MinuteStats extends Timing {
  /** Its beginning, in epoch milliseconds. */
  readonly at: number;
  readonly created: number;
  readonly ended: number;
  readonly conflicts: number;
  readonly rejected: number;
}

/** What happened since the dashboard was made, in this process alone. */
export interface Stats {
  /** In epoch milliseconds. */
  readonly since: number;
  /** How many sessions the store has, when somebody asked for it. */
  readonly active: { readonly count: number; readonly at: number } | undefined;
  readonly created: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly conflicts: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
  readonly store: Timing;
  readonly verbs: readonly (Timing & { readonly verb: string; readonly failed: number })[];
  /** The last hour, the present minute last. */
  readonly minutes: readonly MinuteStats[];
}

interface Minute {
  readonly at: number;
  created: number;
  ended: number;
  conflicts: number;
  rejected: number;
  readonly time: Histogram;
}

interface Verb {
  failed: number;
  readonly time: Histogram;
}

/** Listens to the events of sessions and counts them. */
export class Watch {
  /** Grows with every event. */
  version = 0;
  readonly #sessions: AdminSessions;
  readonly #now: () => number;
  readonly #since: number;
  readonly #stops: (() => void)[];
  readonly #endings: EndedSession[] = [];
  readonly #ended = new Map<string, number>();
  readonly #rejected = new Map<string, number>();
  readonly #failed = new Map<string, number>();
  readonly #verbs = new Map<string, Verb>();
  readonly #time = new Histogram();
  #created = 0;
  #conflicts = 0;
  #minutes: Minute[] = [];
  #active: Stats['active'];
  #counting: Promise<void> | undefined;

  constructor(sessions: AdminSessions, now: () => number) {
    this.#sessions = sessions;
    this.#now = now;
    this.#since = now();
    this.#stops = [
      sessions.on('created', () => {
        this.#created++;
        this.#minute().created++;
      }),
      sessions.on('ended', (event) => {
        add(this.#ended, event.reason);
        this.#minute().ended++;
        this.#endings.push(event);
        if (this.#endings.length > ENDED) this.#endings.shift();
      }),
      sessions.on('conflict', () => {
        this.#conflicts++;
        this.#minute().conflicts++;
      }),
      sessions.on('rejected', ({ reason }) => {
        add(this.#rejected, reason);
        this.#minute().rejected++;
      }),
      sessions.on('failed', ({ error }) => {
        add(this.#failed, error.code);
        this.version++;
      }),
      sessions.on('storeCall', (call) => this.#called(call)),
    ];
  }

  /** The sessions that ended in this process, the last one first: of 1,000 at most. */
  endedPage({ user, reason, limit }: EndedQuery): EndedPage {
    const ended = this.#endings
      .toReversed()
      .filter((one) => user === undefined || one.userId === user)
      .filter((one) => reason === undefined || one.reason === reason);
    return { ended: ended.slice(0, limit), next: undefined };
  }

  /** Asks the store how many sessions there are: once, however many ask, and once a minute. */
  async count(): Promise<void> {
    if (this.#active !== undefined && this.#now() - this.#active.at < COUNT_AGE) return;
    this.#counting ??= this.#sessions
      .count()
      .then((count) => {
        this.#active = { count, at: this.#now() };
        this.version++;
      })
      .finally(() => {
        this.#counting = undefined;
      });
    await this.#counting;
  }

  stats(): Stats {
    return {
      since: this.#since,
      active: this.#active,
      created: this.#created,
      ended: Object.fromEntries(this.#ended),
      conflicts: this.#conflicts,
      rejected: Object.fromEntries(this.#rejected),
      failed: Object.fromEntries(this.#failed),
      store: timingOf(this.#time),
      verbs: [...this.#verbs].map(([verb, { failed, time }]) => ({
        verb,
        failed,
        ...timingOf(time),
      })),
      minutes: this.#lastMinutes(),
    };
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #called({ verb, milliseconds, outcome }: SessionEvents['storeCall']): void {
    const known = this.#verbs.get(verb) ?? { failed: 0, time: new Histogram() };
    this.#verbs.set(verb, known);
    if (outcome !== 'ok') known.failed++;
    for (const time of [known.time, this.#time, this.#minute().time]) time.add(milliseconds);
  }

  /** The present minute. Every event comes by here. */
  #minute(): Minute {
    this.version++;
    const at = beginOf(this.#now());
    const last = this.#minutes.at(-1);
    if (last?.at === at) return last;
    const minute = {
      at,
      created: 0,
      ended: 0,
      conflicts: 0,
      rejected: 0,
      time: new Histogram(),
    };
    this.#minutes = [...this.#minutes.slice(1 - MINUTES), minute];
    return minute;
  }

  #lastMinutes(): MinuteStats[] {
    const present = beginOf(this.#now());
    return Array.from({ length: MINUTES }, (_, index) => {
      const at = present - (MINUTES - 1 - index) * MINUTE;
      const minute = this.#minutes.find((one) => one.at === at);
      const { created = 0, ended = 0, conflicts = 0, rejected = 0, time } = minute ?? {};
      return { at, created, ended, conflicts, rejected, ...timingOf(time) };
    });
  }
}

function timingOf(time: Histogram | undefined): Timing {
  if (time === undefined || time.count === 0) return { calls: 0 };
  return { calls: time.count, p50: time.quantile(0.5), p99: time.quantile(0.99) };
}

function beginOf(at: number): number {
  return at - (at % MINUTE);
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
