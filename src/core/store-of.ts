import type { SessionStore } from '../stores/contract.js';
import type { Engine } from './commit/engine.js';
import type { SessionError } from './errors.js';
import type { Clocks } from './expiry.js';
import type { SessionOptions } from './options.js';
import { callStore } from './store-call.js';

const ENGINES = new WeakMap<object, { engine: Engine; given: SessionOptions }>();

/** Remembers what runs these sessions, for {@link storeOf} and {@link setUpOf}. */
export function withEngine<Sessions extends object>(
  sessions: Sessions,
  engine: Engine,
  given: SessionOptions,
): Sessions {
  ENGINES.set(sessions, { engine, given });
  return sessions;
}

/** The store of sessions, for rooms that keep records of their own in it. */
export interface StoreAccess {
  readonly store: SessionStore;
  /** One call, with a deadline of its own. @throws `store-failed`, `store-timeout`. */
  call<Result>(verb: string, task: () => Promise<Result>): Promise<Result>;
  /** The clock of the sessions, in epoch milliseconds. */
  now(): number;
  /** Reports an error that fails no request. */
  report(error: SessionError): void;
}

/** `undefined` for sealed sessions, and for what {@link createSessions} did not make. */
export function storeOf(sessions: object): StoreAccess | undefined {
  const engine = ENGINES.get(sessions)?.engine;
  const store = engine?.settings.store;
  if (engine === undefined || store === undefined) return undefined;
  return {
    store,
    call: (verb, task) => callStore(engine, store, verb, task),
    now: engine.settings.now,
    report: (error) => engine.events.emit('failed', { error }),
  };
}

/** How sessions were set up, for checks. No secret is in it. */
export interface SessionsSetUp {
  readonly clocks: Clocks;
  readonly hasSecret: boolean;
  /** `undefined` for another transport than a cookie. */
  readonly cookie: SessionOptions['cookie'];
}

/** `undefined` for what {@link createSessions} did not make. */
export function setUpOf(sessions: object): SessionsSetUp | undefined {
  const found = ENGINES.get(sessions);
  if (found === undefined) return undefined;
  const { engine, given } = found;
  const hasSecret = given.secret !== undefined;
  return { clocks: engine.settings.clocks, hasSecret, cookie: given.cookie };
}
