import {
  type AnyConnectStore,
  type ConnectSession,
  callStore,
  getSession,
  readSession,
} from '../../bridges/connect/contract.js';
import { reviveCookie } from '../../bridges/connect/cookie.js';
import { MemoryStore } from '../../bridges/connect/memory-store.js';
import { createTurns, type InTurn, PATIENCE } from '../../bridges/key-value/turns.js';
import { DEAD_FOR, type Records } from './records.js';

/** Of how many sessions a process remembers that they moved. */
const MAX_MOVED = 10_000;

interface Moved {
  readonly successor: string;
  /** In epoch milliseconds. */
  readonly until: number;
}

/** What this process knows of the sessions of a store, which several middlewares may use. */
interface Known {
  readonly inTurn: InTurn;
  readonly moved: Map<string, Moved>;
  /** Touches that wait for their turn, by id: those who ask meanwhile share them. */
  readonly touches: Map<string, Promise<boolean>>;
}

const known = new WeakMap<object, Known>();

/** What is known of a session as it was read or written. */
interface Version {
  /** Its text, where the store shows it: while that is the same, nobody else wrote. */
  readonly text?: string | undefined;
}

/**
 * The sessions of a store made for express-session. It compares nothing, so comparing and writing
 * are two steps, in turn with all other writes of this process. It gets the very session of the
 * request, and the request gets the very values that it gave.
 */
export function foreignRecords(store: AnyConnectStore): Records {
  const { inTurn, moved, touches } = known.get(store) ?? {
    inTurn: createTurns({ name: 'express-session', patience: PATIENCE }),
    moved: new Map(),
    touches: new Map(),
  };
  known.set(store, { inTurn, moved, touches });

  const read = (id: string): Promise<ConnectSession | undefined> => readSession(store, id);
  const textOf = textsOf(store);

  async function set(id: string, session: object): Promise<Version> {
    await callStore(store, 'set', id, session);
    return { text: textOf(id) };
  }

  function successorOf(id: string): string | undefined {
    if (moved.size === 0) return undefined;
    const trace = moved.get(id);
    if (trace === undefined || trace.until > Date.now()) return trace?.successor;
    moved.delete(id);
    return undefined;
  }

  async function destroy(id: string): Promise<void> {
    const successor = successorOf(id);
    moved.delete(id);
    await inTurn(id, () => callStore(store, 'destroy', id));
    if (successor !== undefined) await destroy(successor);
  }

  async function touch(id: string, session: object): Promise<boolean> {
    try {
      await callStore(store, 'touch', id, session);
      return true;
    } catch (error) {
      // connect-mongo fails when there is nothing to touch.
      if ((await getSession(store, id)) === undefined) return false;
      throw error;
    }
  }

  return {
    async read(id) {
      if (successorOf(id) !== undefined) return 'moved';
      const version = { text: textOf(id) };
      const session = await read(id);
      return session && { session, version };
    },

    create: (id, session) => inTurn(id, () => set(id, session)),

    update: (id, session, version, merge) =>
      inTurn(id, async (turn) => {
        if (successorOf(id) !== undefined) return undefined;
        const { text } = version as Version;
        if (text === undefined || textOf(id) !== text) {
          const present = await read(id);
          if (present === undefined) return undefined;
          merge(present);
        }
        turn.check();
        return set(id, session);
      }),

    ...(typeof store.touch === 'function' && {
      touch(id, session) {
        const waiting = touches.get(id);
        if (waiting !== undefined) return waiting;
        const touched = inTurn(id, () => {
          touches.delete(id);
          return touch(id, session);
        }).finally(() => {
          if (touches.get(id) === touched) touches.delete(id);
        });
        touches.set(id, touched);
        return touched;
      },
    }),

    destroy,

    move: (id, successor) =>
      inTurn(id, async () => {
        if (successorOf(id) !== undefined) return 'taken';
        const present = await getSession(store, id);
        await callStore(store, 'destroy', id);
        if (present === undefined) return 'ended';
        moved.set(id, { successor, until: Date.now() + DEAD_FOR });
        if (moved.size > MAX_MOVED) moved.delete(moved.keys().next().value ?? '');
        return 'moved';
      }),

    hasEnded: async (id) => successorOf(id) === undefined,

    rename: (id, to) =>
      inTurn(to, async () => {
        const present = await read(to);
        if (present !== undefined) return { session: present, version: {} };
        const session = await read(id);
        if (session === undefined) return undefined;
        const { cookie } = session;
        const version = await set(to, { ...session, cookie: reviveCookie(cookie) });
        await callStore(store, 'destroy', id);
        return { session, version };
      }),
  };
}

/** The texts in a store: our MemoryStore shows its own, unless somebody changed how it reads. */
function textsOf(store: AnyConnectStore): (id: string) => string | undefined {
  if (!(store instanceof MemoryStore)) return () => undefined;
  const { get } = MemoryStore.prototype;
  return (id) => (store.get === get ? store.sessions[id] : undefined);
}
