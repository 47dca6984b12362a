import { isSessionError } from '../core/errors.js';
import { type StoreAccess, setUpOf, storeOf } from '../core/internal.js';
import { type Finding, ok, problem } from '../health/finding.js';
import type { ServerFacts } from '../health/server.js';
import { checkSetUp } from '../health/set-up.js';
import { checkServer, checkStore } from '../health/store.js';
import type { AdminSessions } from './options.js';

/** For how long findings are shown before everything is checked again. */
const AGE = 10_000;

/** What was found, and when, in epoch milliseconds. */
export interface Health {
  readonly checkedAt: number;
  readonly findings: readonly Finding[];
}

/** Checks what `npx sojourn doctor` checks, of the sessions of this process. */
export class HealthCheck {
  readonly #sessions: AdminSessions;
  readonly #server: ServerFacts | undefined;
  readonly #now: () => number;
  #last: Health | undefined;
  #running: Promise<Health> | undefined;

  constructor(sessions: AdminSessions, server: ServerFacts | undefined, now: () => number) {
    this.#sessions = sessions;
    this.#server = server;
    this.#now = now;
  }

  /** Checks once, however many ask, and every ten seconds at most. */
  async health(): Promise<Health> {
    const age = this.#now() - (this.#last?.checkedAt ?? Number.NEGATIVE_INFINITY);
    if (this.#last !== undefined && age >= 0 && age < AGE) return this.#last;
    this.#running ??= this.#check().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #check(): Promise<Health> {
    const access = storeOf(this.#sessions);
    const findings = [...this.#setUp(access), ...(await this.#store(access))];
    this.#last = { checkedAt: this.#now(), findings };
    return this.#last;
  }

  #setUp(access: StoreAccess | undefined): Finding[] {
    const setUp = setUpOf(this.#sessions);
    if (setUp === undefined)
      return [
        problem(
          'These sessions are not what createSessions gave, so their options and store are unknown.',
          'Give createAdmin the object that createSessions gave, and not a copy of it.',
        ),
      ];
    const { clocks, hasSecret, cookie = {} } = setUp;
    const isInMemory = access?.store.name === 'memory';
    const found = checkSetUp({ clocks, hasSecret, isInMemory, cookie });
    return found.length > 0 ? found : [ok('The options of createSessions weaken nothing.')];
  }

  async #store(access: StoreAccess | undefined): Promise<Finding[]> {
    if (access === undefined) return [];
    const { store, call } = access;
    const server = this.#server;
    const findings: Finding[] = [];
    try {
      findings.push(
        await checkStore(
          {
            name: store.name,
            read: (id) => call('read', () => store.read(id)),
            create: (id, record) => call('create', () => store.create(id, record)),
            update: (id, record, version) =>
              call('update', () => store.update(id, record, version)),
            touch: (id, expiresAt, touchedAt) =>
              call('touch', () => store.touch(id, expiresAt, touchedAt)),
            destroy: (id) => call('destroy', () => store.destroy(id)),
          },
          access.now,
        ),
      );
      if (server !== undefined)
        findings.push(...(await call('server', () => checkServer(store.name, server))));
    } catch (error) {
      if (!isSessionError(error)) throw error;
      findings.push(problem(error.message));
    }
    return findings;
  }
}
