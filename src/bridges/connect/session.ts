import { type AnyConnectStore, callStore, getSession, tell } from './contract.js';
import type { Cookie } from './cookie.js';

/** The part of a request that its session uses. */
export interface SessionRequest {
  sessionID: string;
  sessionStore: SessionRequestStore;
  session?: unknown;
}

/** The part of a store that sessions use. */
interface SessionRequestStore extends AnyConnectStore {
  createSession(request: never, session: never): unknown;
  generate?(request: never): void;
}

/** What the verbs of a session do. */
export interface SessionVerbs {
  save(session: Session): Promise<unknown>;
  reload(session: Session): Promise<unknown>;
  destroy(session: Session): Promise<unknown>;
  regenerate(): Promise<unknown>;
  /** Puts a new session on the request. */
  generate(): void;
  /** `destroy` or `regenerate` failed, and there is no callback to hear of it. */
  failed(error: unknown): void;
}

const VERBS = Symbol('sojourn: verbs');
type Visited = { [VERBS]?: SessionVerbs };

/** The verbs of the session of a request that is on its way through our middleware. */
export function verbsOf(request: object): SessionVerbs | undefined {
  return (request as Visited)[VERBS];
}

/** Kept on the request: a WeakMap costs the garbage collector more. */
export function setVerbs(request: object, verbs: SessionVerbs): void {
  (request as Visited)[VERBS] = verbs;
}

/**
 * Called with the error, if there was one. A method, so that a callback may say which type its
 * errors have.
 */
export type Done = { done(error?: unknown): void }['done'];

/**
 * What a handler finds on `req.session`: the data as plain properties, beside `cookie`. A verb
 * called without a callback returns a promise, called with one the session.
 */
export class Session {
  declare readonly id: string;
  declare readonly req: SessionRequest;
  declare cookie: Cookie;

  /** Properties of `data` that would hide a verb are left out. */
  constructor(request: SessionRequest, data?: object | null) {
    Object.defineProperty(this, 'req', { value: request });
    Object.defineProperty(this, 'id', { value: request.sessionID });
    const properties = this as unknown as Record<string, unknown>;
    for (const key in data)
      if (!(key in this)) properties[key] = (data as Record<string, unknown>)[key];
  }

  /** Lets the cookie, and with it the session, last its full age again. Every response does so. */
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
   * Puts the session as it is stored on `req.session`; the error is `failed to load session` when
   * it has ended.
   */
  reload(): Promise<void>;
  reload(done: Done): this;
  reload(done?: Done): this | Promise<void> {
    return answer(this, 'reload', done);
  }

  /** Ends the session, also for requests that are running, and removes `req.session`. */
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

/** The verbs of a session that somebody made with a store: they act on the store. */
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
