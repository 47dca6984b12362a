import { jsonCodec } from '../../src/codecs/json.js';
import type { SessionOptions } from '../../src/core/options.js';
import type { Session } from '../../src/core/session.js';
import { createSessions, type Sessions } from '../../src/core/sessions.js';
import { headerTransport } from '../../src/http/header-transport.js';
import type { Answer } from '../../src/http/transport.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { memoryStore } from '../../src/stores/memory.js';
import { type ManualClock, manualClock } from '../../src/testing/clock.js';

type AnyData = Record<string, unknown>;

/** Two servers on one store, and a client that keeps its token in a header. */
export interface Visits<Data extends object> {
  readonly clock: ManualClock;
  readonly store: SessionStore;
  readonly sessions: Sessions<Data>;
  /** The other server. */
  readonly other: Sessions<Data>;
  open(token: string, from?: Sessions<Data>): Promise<Session<Data>>;
  /** Commits, and gives the token that the client has afterwards. */
  commit(session: Session<Data>, token?: string): Promise<string>;
  /** One whole request; gives the token that the client has afterwards. */
  visit(token: string, handler: (session: Session<Data>) => unknown): Promise<string>;
  /**
   * What a later request finds, without the handler's side effects on flash; `undefined` when there
   * is no session.
   */
  found(token: string): Promise<AnyData | undefined>;
}

export function visits<Data extends object = AnyData>(
  options: Partial<SessionOptions> = {},
  wrap: (store: SessionStore) => SessionStore = (store) => store,
): Visits<Data> {
  const clock = manualClock(Date.now());
  const store = memoryStore({ now: clock.now });
  const create = (): Sessions<Data> =>
    createSessions<Data>({
      store: wrap(store),
      now: clock.now,
      transport: headerTransport('x-session'),
      ...options,
      codec: options.codec ?? jsonCodec(),
    });
  const sessions = create();
  const other = create();

  function open(token: string, from = sessions): Promise<Session<Data>> {
    return from.open({ 'x-session': token });
  }

  async function commit(session: Session<Data>, token = ''): Promise<string> {
    return sentToken(await sessions.commit(session)) ?? token;
  }

  return {
    clock,
    store,
    sessions,
    other,
    open,
    commit,
    async visit(token, handler) {
      const session = await open(token);
      await handler(session);
      return commit(session, token);
    },
    async found(token) {
      const session = await open(token, other);
      return session.isNew ? undefined : { ...(session.all() as AnyData) };
    },
  };
}

/**
 * The token in the headers of a response: empty when it is taken away, `undefined` when there is
 * none.
 */
export function sentToken({ headers }: Answer): string | undefined {
  return headers.find(([name]) => name === 'x-session')?.[1];
}
