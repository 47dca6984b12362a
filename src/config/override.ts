import type { SessionStore } from '../stores/contract.js';

/**
 * The store with some of its verbs replaced. It may be an instance of a class, so the object is not
 * spread.
 */
export function override(store: SessionStore, verbs: Partial<SessionStore>): SessionStore {
  return new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(Object.hasOwn(verbs, property) ? verbs : target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
