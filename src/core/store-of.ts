import type { SessionStore } from '../stores/contract.js';
import type { Engine } from './commit/engine.js';
import type { SessionError } from './errors.js';
import { callStore } from './store-call.js';

const ENGINES = new WeakMap<object, Engine>();

/** Remembers what runs these sessions, for {@link storeOf}. */
export function withEngine<Sessions extends object>(sessions: Sessions, engine: Engine): Sessions {
  ENGINES.set(sessions, engine);
  return sessions;
}

/** The store of sessions, for rooms that keep records of their own in it. */
export interface StoreAccess {
  readonly store: SessionStore;
  /** One call, with a deadline of its own. @throws `store-failed`, `store-timeout`. */
  call<Result>(verb: string, task: () => Promise<Result>): Promise<Result>;
  /** Reports an error that fails no request. */
  report(error: SessionError): void;
}

/** `undefined` for sealed sessions, and for what {@link createSessions} did not make. */
export function storeOf(sessions: object): StoreAccess | undefined {
  const engine = ENGINES.get(sessions);
  const store = engine?.settings.store;
  if (engine === undefined || store === undefined) return undefined;
  return {
    store,
    call: (verb, task) => callStore(engine, store, verb, task),
    report: (error) => engine.events.emit('failed', { error }),
  };
}
