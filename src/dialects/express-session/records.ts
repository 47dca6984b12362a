import {
  type AnyConnectStore,
  type ConnectSession,
  callStore,
  getSession,
  TIMEOUT,
} from '../../bridges/connect/contract.js';
import { type Inside, insideOf } from '../../bridges/connect/to-connect.js';
import { createTurns, type InTurn, PATIENCE } from '../../bridges/key-value/turns.js';
import { type Budget, budgetOf, withBudgets } from '../../stores/contract/deadline.js';
import { withSharedReads } from '../../stores/contract/shared-reads.js';

/** A stored session, and what a later write must name. */
export interface Found {
  readonly session: ConnectSession;
  readonly version: unknown;
}

/** The sessions of one store, by id. `undefined` and `false` mean gone, as in a store of ours. */
export interface Records {
  read(id: string): Promise<Found | undefined>;
  /**
   * Stores a new session, and returns its version. Who picks an id that is taken replaces what is
   * there, as express-session does.
   */
  create(id: string, session: ConnectSession): Promise<unknown>;
  update(id: string, session: ConnectSession, version: unknown): Promise<unknown>;
  /** Absent when the store cannot. */
  readonly touch?: (id: string, session: ConnectSession) => Promise<boolean>;
  destroy(id: string): Promise<boolean>;
}

/**
 * The sessions of a store: with all promises when a store of ours is inside, within this process
 * otherwise.
 */
export function recordsOf(store: AnyConnectStore): Records {
  const inside = insideOf(store);
  return inside === undefined ? foreignRecords(store) : ownRecords(inside);
}

function ownRecords({ store: opened, open, toRecord, expiresAt, now }: Inside): Records {
  const store = withSharedReads(withBudgets(opened, () => undefined));
  const budget = (): Budget => budgetOf(TIMEOUT);

  return {
    async read(id) {
      const found = await store.read(id, budget());
      return found && { session: open(found.record), version: found.version };
    },

    async create(id, session) {
      for (;;) {
        const version = await store.create(id, toRecord(session), budget());
        if (version !== undefined) return version;
        await store.destroy(id, undefined, budget());
      }
    },

    update: (id, session, version) => store.update(id, toRecord(session), version, budget()),
    touch: (id, { cookie }) => store.touch(id, expiresAt(cookie), now(), budget()),
    destroy: (id) => store.destroy(id, undefined, budget()),
  };
}

/** The lines of tasks of each store, which several middlewares may use. */
const lines = new WeakMap<object, InTurn>();

/**
 * A store made for express-session compares nothing, so comparing and writing are two steps, in
 * turn with all others of this process. A session is compared by its data: a touch may change the
 * cookie.
 */
function foreignRecords(store: AnyConnectStore): Records {
  const inTurn = lines.get(store) ?? createTurns({ name: 'express-session', patience: PATIENCE });
  lines.set(store, inTurn);

  return {
    async read(id) {
      const session = await inTurn(id, () => getSession(store, id));
      return session && { session, version: session };
    },

    create: (id, session) => inTurn(id, () => set(store, id, session)),

    update: (id, session, version) =>
      inTurn(id, async (turn) => {
        const present = await getSession(store, id);
        if (present === undefined || dataText(present) !== dataText(version as ConnectSession))
          return undefined;
        turn.check();
        return set(store, id, session);
      }),

    ...(typeof store.touch === 'function' && {
      touch: (id, session) =>
        inTurn(id, async () => {
          try {
            await callStore(store, 'touch', id, session);
            return true;
          } catch (error) {
            // connect-mongo fails when there is nothing to touch.
            if ((await getSession(store, id)) === undefined) return false;
            throw error;
          }
        }),
    }),

    destroy: (id) =>
      inTurn(id, async () => {
        await callStore(store, 'destroy', id);
        return true;
      }),
  };
}

async function set(
  store: AnyConnectStore,
  id: string,
  session: ConnectSession,
): Promise<ConnectSession> {
  await callStore(store, 'set', id, session);
  return session;
}

function dataText({ cookie: _, ...data }: ConnectSession): string {
  return JSON.stringify(data);
}
