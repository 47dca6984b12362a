import type { Inheritance } from '../../core/internal.js';
import { type AnyConnectStore, callStore, readSession } from '../connect/contract.js';

/** The session that a store made for express-session keeps under an id. */
export function connectRecord<Data extends object>(
  store: AnyConnectStore,
  id: string,
): Inheritance<Data> {
  return {
    key: id,

    async read() {
      const session = await readSession(store, id);
      if (session === undefined) return undefined;
      // A store in memory gives live objects; others give what JSON keeps.
      const { cookie, ...data } = JSON.parse(JSON.stringify(session));
      return { data, expiresAt: cookie.expires ? Date.parse(cookie.expires) : undefined };
    },

    end: () => callStore(store, 'destroy', id),
  };
}
