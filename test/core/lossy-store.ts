import type { SessionStore } from '../../src/stores/contract.js';

/**
 * What happens to a write: `resent`: the reply is lost and the client library sends the call again.
 * `lost`: the call arrives and rejects. `down`: it does not arrive and rejects.
 */
export type Fault = 'none' | 'resent' | 'lost' | 'down';
export type Write = 'create' | 'update' | 'touch' | 'destroy';

/** `store` behind a network that does to each write what `fault` says. */
export function lossyStore(store: SessionStore, fault: (write: Write) => Fault): SessionStore {
  async function send<Answer>(write: Write, call: () => Promise<Answer>): Promise<Answer> {
    const kind = fault(write);
    if (kind === 'down') throw new Error('connection refused');
    const answer = await call();
    if (kind === 'lost') throw new Error('connection reset');
    return kind === 'resent' ? call() : answer;
  }
  return {
    ...store,
    create: (id, record) => send('create', () => store.create(id, record)),
    update: (id, record, version) => send('update', () => store.update(id, record, version)),
    touch: (id, expiresAt, touchedAt) => send('touch', () => store.touch(id, expiresAt, touchedAt)),
    destroy: (id, version) => send('destroy', () => store.destroy(id, version)),
  };
}

/** The faults of the next writes, by verb; after them none. */
export type FaultPlan = { [Verb in Write]?: Fault[] };

export function planned(plan: FaultPlan): (store: SessionStore) => SessionStore {
  return (store) => lossyStore(store, (write) => plan[write]?.shift() ?? 'none');
}
