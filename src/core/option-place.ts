import { createSealer } from '../keys/seal.js';
import { secretSource } from '../keys/secrets.js';
import { tokenSigner } from '../keys/token.js';
import { isCookieSessions } from '../sealed/cookie-sessions.js';
import { revocationsIn } from '../sealed/revocations.js';
import { sealedSessions } from '../sealed/sealed-persistence.js';
import { withCircuit } from '../stores/contract/circuit.js';
import { type StoreHooks, type TimedStore, withBudgets } from '../stores/contract/deadline.js';
import { withSharedReads } from '../stores/contract/shared-reads.js';
import type { SessionStore } from '../stores/contract.js';
import { checkStore, invalidOption, readFlag } from './option-checks.js';
import type { SessionOptions, Settings } from './options.js';
import { storedSessions } from './persistence.js';

interface PlaceNeeds extends Pick<Settings, 'transport' | 'storeTimeout' | 'now'> {
  readonly lifetime: number;
  readonly hooks: StoreHooks;
}

/** Where sessions are kept, from the options that decide it. */
export function readPlace(
  { store, secret, encrypt = false, rotateAfter }: SessionOptions,
  { transport, lifetime, storeTimeout, now, hooks }: PlaceNeeds,
): Pick<Settings, 'store' | 'backend' | 'persistence'> {
  const timed = (any: SessionStore): TimedStore =>
    withSharedReads(withCircuit(withBudgets(any, hooks.onCall), hooks.onCircuit));

  readFlag('encrypt', encrypt);
  if (isCookieSessions(store)) {
    if (encrypt)
      throw invalidOption('encrypt is for stores. Leave it out: cookieSessions() always encrypts.');
    if (rotateAfter !== undefined) {
      throw invalidOption(
        'rotateAfter needs a store. Leave it out: a sealed token is new after every change.',
      );
    }
    const backend = store.revocations;
    const revocations =
      backend &&
      revocationsIn({ store: backend, timed: timed(backend), lifetime, storeTimeout, now });
    const sealer = createSealer(secretSource(secret, 'secret'), 'token', store.compress);
    const persistence = sealedSessions(sealer, transport.name, revocations);
    return { store: undefined, backend, persistence };
  }
  checkStore(store);
  const secrets = secret === undefined && !encrypt ? undefined : secretSource(secret, 'secret');
  const persistence = storedSessions(
    timed(store),
    secrets && tokenSigner(secrets),
    encrypt && secrets !== undefined ? createSealer(secrets, 'record') : undefined,
  );
  return { store, backend: store, persistence };
}
