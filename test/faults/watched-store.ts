import type { SessionStore } from '../../src/stores/contract.js';

type Verb = 'read' | 'create' | 'update' | 'touch' | 'destroy';

/** The calls of a store. */
export interface Calls {
  /** How often each verb was called. */
  readonly times: Readonly<Record<Verb, number>>;
  /** How many have not been answered yet. */
  readonly underWay: number;
}

/** `store`, with its calls counted. */
export function watchedStore(store: SessionStore): { store: SessionStore; calls: Calls } {
  const times: Record<Verb, number> = { read: 0, create: 0, update: 0, touch: 0, destroy: 0 };
  const calls = { times, underWay: 0 };

  async function watch<Answer>(verb: Verb, call: () => Promise<Answer>): Promise<Answer> {
    times[verb]++;
    calls.underWay++;
    try {
      return await call();
    } finally {
      calls.underWay--;
    }
  }

  return {
    calls,
    store: {
      ...store,
      read: (id) => watch('read', () => store.read(id)),
      create: (id, record) => watch('create', () => store.create(id, record)),
      update: (id, record, version) => watch('update', () => store.update(id, record, version)),
      touch: (id, expiresAt, touchedAt) =>
        watch('touch', () => store.touch(id, expiresAt, touchedAt)),
      destroy: (id, version) => watch('destroy', () => store.destroy(id, version)),
    },
  };
}
