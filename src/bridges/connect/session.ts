import { type AnyConnectStore, callStore, getSession, tell } from './contract.js';
import type { Cookie } from './cookie.js';

/** The parts of a request that its session uses. */
export interface SessionRequest {
  sessionID: string;
  sessionStore: SessionRequestStore;
  session?: unknown;
}

/** The parts of a store that sessions use. */
interface SessionRequestStore extends AnyConnectStore {
  createSession(request: never, session: never): unknown;
  generate?(request: never): void;
}

/** The work behind the methods of a session. */
export interface SessionVerbs {
  save(session: Session): Promise<unknown>;
  reload(session: Session): Promise<unknown>;
  destroy(session: Session): Promise<unknown>;
  regenerate(): Promise<unknown>;
  /** Puts a new session on the request. */
  generate(): void;
  /** `destroy` or `regenerate` failed, and no callback gets the error. */
  failed(error: unknown): void;
}

const VERBS = Symbol('sojourn: verbs');
type Visited = { [VERBS]?: SessionVerbs };

/** The verbs of a request that our middleware is handling. */
export function verbsOf(request: object): SessionVerbs | undefined {
  return (request as Visited)[VERBS];
}

/** Kept on the request: a WeakMap costs the garbage collector more. */
export function setVerbs(request: object, verbs: SessionVerbs): void {
  (request as Visited)[VERBS] = verbs;
}

/**
 * Called with the error, if there was one. Declared as a method, so that a callback may choose a
 * type for the error.
 */
export type Done = { done(error?: unknown): void }['done'];

/**
 * The object on `req.session`: the data as plain properties, and `cookie`. A method returns a
 * promise when you call it without a callback, and the session when you call it with one.
 */
export class Session {
  declare readonly id: string;
  declare readonly req: SessionRequest;
  declare cookie: Cookie;

  /** Properties of `data` that would hide a method are left out. */
  constructor(request: SessionRequest, data?: object | null) {
    Object.defineProperty(this, 'req', { value: request });
    Object.defineProperty(this, 'id', { value: request.sessionID });
    const properties = this as unknown as Record<string, unknown>;
    for (const key in data)
      if (!(key in this)) properties[key] = (data as Record<string, unknown>)[key];
  }

  /** Gives the cookie, and so the session, its full age again. Every response does so too. */
  touch(): this {
    return this.resetMaxAge();
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge;
    return this;
  }

  /** Stores the session now instead of with the response. */
  save(): Promise<void>;
  save(done: Done): this;
  save(done?: Done): this | Promise<void> {
    return answer(this, 'save', done);
  }

  /**
   * Reads the stored session again and puts it on `req.session`. When the session has ended, the
   * error is `failed to load session`.
   */
  reload(): Promise<void>;
  reload(done: Done): this;
  reload(done?: Done): this | Promise<void> {
    return answer(this, 'reload', done);
  }

  /** Ends the session, for running requests too, and removes `req.session`. */
  destroy(): Promise<void>;
  destroy(done: Done): this;
  destroy(done?: Done): this | Promise<void> {
    delete this.req.session;
    return answer(this, 'destroy', done);
  }

  /** Ends the session, and puts a new one without data on `req.session`. */
  regenerate(): Promise<void>;
  regenerate(done: Done): this;
  regenerate(done?: Done): this | Promise<void> {
    return answer(this, 'regenerate', done);
  }
}

function answer<This extends Session>(
  session: This,
  verb: 'save' | 'reload' | 'destroy' | 'regenerate',
  done: Done | undefined,
): This | Promise<void> {
  const verbs = verbsOf(session.req) ?? storeVerbs(session.req);
  const task = verbs[verb](session).then(() => undefined);
  if (typeof done === 'function') {
    tell(task, done);
    return session;
  }
  // What was not saved is tried again with the response.
  task.catch((error) =>
    verb === 'destroy' || verb === 'regenerate' ? verbs.failed(error) : undefined,
  );
  return task;
}

/** The verbs of a session that was made directly with a store: they act on this store. */
function storeVerbs(request: SessionRequest): SessionVerbs {
  const { sessionStore: store } = request;
  const generate = (): void => store.generate?.(request as never);
  return {
    generate,
    save: (session) => callStore(store, 'set', session.id, session),

    async reload({ id }) {
      const stored = await getSession(store, id);
      if (stored === undefined) throw new Error('failed to load session');
      store.createSession(request as never, stored as never);
    },

    destroy: ({ id }) => callStore(store, 'destroy', id),

    async regenerate() {
      await callStore(store, 'destroy', request.sessionID);
      generate();
    },

    failed: () => undefined,
  };
}
