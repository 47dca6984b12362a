import type { SessionStore } from '../../src/stores/contract.js';

/**
 * What happens to a write: `resent`: the reply is lost and the client library sends the call again.
 * `lost`: the call arrives and rejects. `down`: it does not arrive and rejects. `late`: nothing is
 * heard of it, and it arrives when `deliver` is called.
 */
export type Fault = 'none' | 'resent' | 'lost' | 'down' | 'late';
export type Write = 'create' | 'update' | 'touch' | 'destroy';

export const FAULTS = ['resent', 'lost', 'down', 'late'] as const;

/** Writes that are still on their way. */
export interface Network {
  readonly late: (() => Promise<unknown>)[];
  /** Lets all of them arrive. */
  deliver(): Promise<void>;
}

export function network(): Network {
  const late: (() => Promise<unknown>)[] = [];
  return {
    late,
    async deliver() {
      for (const write of late.splice(0)) await write();
    },
  };
}

/** `store` behind a network that does to each write what `fault` says. */
export function lossyStore(
  store: SessionStore,
  fault: (write: Write) => Fault,
  { late }: Network = network(),
): SessionStore {
  async function send<Answer>(write: Write, call: () => Promise<Answer>): Promise<Answer> {
    const kind = fault(write);
    if (kind === 'down') throw new Error('connection refused');
    if (kind === 'late') {
      late.push(call);
      return new Promise(() => undefined);
    }
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

export function planned(plan: FaultPlan, net?: Network): (store: SessionStore) => SessionStore {
  return (store) => lossyStore(store, (write) => plan[write]?.shift() ?? 'none', net);
}
