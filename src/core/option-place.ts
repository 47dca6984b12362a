import { createSealer } from '../keys/seal.js';
import { secretSource } from '../keys/secrets.js';
import { tokenSigner } from '../keys/token.js';
import { withCircuit } from '../stores/contract/circuit.js';
import { type StoreHooks, type TimedStore, withBudgets } from '../stores/contract/deadline.js';
import { withSharedReads } from '../stores/contract/shared-reads.js';
import type { SessionStore } from '../stores/contract.js';
import { checkStore, readFlag } from './option-checks.js';
import type { SessionOptions, Settings } from './options.js';
import { type Persistence, storedSessions } from './persistence.js';

type Kept = Pick<Settings, 'store' | 'backend' | 'persistence' | 'transport'>;

/** What a {@link SessionPlace} is given. */
export interface PlaceNeeds
  extends Pick<Settings, 'transport' | 'storeTimeout' | 'now'>,
    Pick<SessionOptions, 'secret' | 'encrypt' | 'rotateAfter' | 'cookie'> {
  readonly lifetime: number;
  /** Whether the transport was chosen by the option `transport`. */
  readonly isTransportGiven: boolean;
  /** Puts deadlines, the circuit and shared reads around a store. */
  timed(store: SessionStore): TimedStore;
}

/** A place for sessions that is more than a store: `cookieSessions()` and `cookieFirst()`. */
export interface SessionPlace {
  readonly name: string;
  /** Called once, by {@link createSessions}. */
  readonly place: (needs: PlaceNeeds) => Kept;
}

/** Where sessions are kept, from the options that decide it. */
export function readPlace(
  options: SessionOptions,
  {
    hooks,
    ...needs
  }: Omit<PlaceNeeds, 'secret' | 'encrypt' | 'rotateAfter' | 'cookie' | 'timed'> & {
    readonly hooks: StoreHooks;
  },
): Kept {
  const { store, secret, encrypt, rotateAfter, cookie } = options;
  const timed = (any: SessionStore): TimedStore =>
    withSharedReads(withCircuit(withBudgets(any, hooks.onCall), hooks.onCircuit));

  readFlag('encrypt', encrypt ?? false);
  if (isPlace(store)) return store.place({ ...needs, secret, encrypt, rotateAfter, cookie, timed });
  checkStore(store);
  const { transport } = needs;
  const persistence = persistenceOf(store, { secret, encrypt, timed });
  return { store, backend: store, persistence, transport };
}

/** Sessions in a store, as `secret` and `encrypt` say. */
export function persistenceOf(
  store: SessionStore,
  { secret, encrypt = false, timed }: Pick<PlaceNeeds, 'secret' | 'encrypt' | 'timed'>,
): Persistence {
  const secrets = secret === undefined && !encrypt ? undefined : secretSource(secret, 'secret');
  return storedSessions(
    timed(store),
    secrets && tokenSigner(secrets),
    encrypt && secrets !== undefined ? createSealer(secrets, 'record') : undefined,
  );
}

function isPlace(store: SessionOptions['store']): store is SessionPlace & typeof store {
  return typeof store === 'object' && store !== null && 'place' in store;
}
