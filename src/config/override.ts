import type { SessionStore } from '../stores/contract.js';

/**
 * The store with some of its verbs replaced. It may be an instance of a class, which spreading
 * would take apart.
 */
export function override(store: SessionStore, verbs: Partial<SessionStore>): SessionStore {
  return new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(Object.hasOwn(verbs, property) ? verbs : target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
