import { isProduction } from '../../core/environment.js';
import { SessionError } from '../../core/errors.js';
import type { DefaultData, Session } from '../../core/session.js';
import type { Sessions } from '../../core/sessions.js';
import type { Connection } from '../../http/request.js';
import type { Answer } from '../../http/transport.js';
import { requireSessions } from '../answers/required.js';

/** A session with the verbs that React Router's sessions have. */
export interface RouterSession<Data extends object = DefaultData> {
  /** The hash of the token, safe to log. Empty until the session is stored. */
  readonly id: string;
  /** A copy of the data. Flash that only this shows stays. */
  readonly data: Partial<Data>;
  /** Whether a value is there, `null` included. */
  has(name: keyof Data & string): boolean;
  /** The value. Reading flash ends it. The type is written as React Router's is, to be one. */
  get<Name extends keyof Data & string>(
    name: Name,
  ): (Name extends keyof Data ? Data[Name] : undefined) | undefined;
  /** Sets a value; `undefined` removes it. */
  set<Name extends keyof Data & string>(name: Name, value: Data[Name]): void;
  /** Sets a value that is gone once it was read. */
  flash<Name extends keyof Data & string>(name: Name, value: Data[Name]): void;
  /** Removes a value. */
  unset(name: keyof Data & string): void;
}

/** React Router's `SessionStorage`, whose flash data are among the data. */
export interface RouterSessionStorage<Data extends object = DefaultData> {
  /**
   * The session of a `Cookie` header.
   * @throws `store-failed`, `store-timeout` when it cannot be read.
   */
  getSession(cookieHeader?: string | null): Promise<RouterSession<Data>>;
  /**
   * Stores the changes and gives the `Set-Cookie` header. It is empty when the browser has the
   * right cookie already, or when `sessionMiddleware` sends it. May be called again.
   * @throws as `sessions.commit`; `too-large` when the session takes two cookies; `unsupported`
   * when the token does not travel in a cookie; `invalid-option` for any option, such as `maxAge`,
   * and for another session than one of `getSession`.
   */
  commitSession(session: { readonly id: string }, options?: object): Promise<string>;
  /** Ends the session and gives the `Set-Cookie` header that removes its cookie. */
  destroySession(session: { readonly id: string }, options?: object): Promise<string>;
}

/** Options of {@link sessionStorage}. */
export interface SessionStorageOptions {
  /**
   * The connection of all requests, which a `Cookie` header does not tell. Default: secure when
   * `NODE_ENV` is `production`, else `http://localhost`.
   */
  readonly connection?: Connection | undefined;
}

const natives = new WeakMap<object, unknown>();

/**
 * The session behind one of {@link sessionStorage}: `native(session).login('ada')`.
 * @throws `invalid-option` for another session.
 */
export function native<Data extends object = DefaultData>(session: {
  readonly id: string;
}): Session<Data> {
  const found = natives.get(session);
  if (found !== undefined) return found as Session<Data>;
  throw new SessionError(
    'invalid-option',
    'This is no session of sessionStorage(sessions). Take the one that its getSession gave.',
  );
}

/**
 * Sessions with the contract of React Router's `createSessionStorage`, also that of Remix 2:
 * `const { getSession, commitSession, destroySession } = sessionStorage(sessions)`.
 * @throws `invalid-option` when `sessions` does not come from `createSessions`.
 */
export function sessionStorage<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  { connection }: SessionStorageOptions = {},
): RouterSessionStorage<Data> {
  requireSessions(sessions, 'sessionStorage');

  return {
    async getSession(cookieHeader) {
      const headers = { cookie: cookieHeader ?? undefined };
      return routerSession(await sessions.open(headers, connection ?? usualConnection()));
    },
    async commitSession(session, options) {
      refuseOptions('commitSession', options);
      return oneHeader(await sessions.commit(native<Data>(session), { isLast: false }));
    },
    async destroySession(session, options) {
      refuseOptions('destroySession', options);
      const own = native<Data>(session);
      await own.destroy();
      return oneHeader(await sessions.commit(own, { isLast: false }));
    },
  };
}

function usualConnection(): Connection {
  return isProduction() ? { secure: true } : { url: 'http://localhost/' };
}

function routerSession<Data extends object>(session: Session<Data>): RouterSession<Data> {
  const values = session as unknown as Session<Record<string, unknown>>;
  /** What this request flashed: React Router lets the same request read it, and it is gone then. */
  const flashed = new Set<string>();
  const own = {
    get id() {
      return session.isNew ? '' : session.id;
    },
    get data() {
      return session.toJSON().data;
    },
    has: (name: string) => values.exists([name]),
    get(name: string) {
      const value = values.get([name]);
      if (flashed.delete(name)) values.delete([name]);
      return value;
    },
    set(name: string, value: unknown) {
      flashed.delete(name);
      values.set([name], value);
    },
    flash(name: string, value: unknown) {
      flashed.add(name);
      values.flash(name, value);
    },
    unset(name: string) {
      flashed.delete(name);
      values.delete([name]);
    },
  };
  natives.set(own, session);
  return own as RouterSession<Data>;
}

function refuseOptions(caller: string, options: object = {}): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    throw new SessionError(
      'invalid-option',
      `${caller} takes no ${name}. Set the cookie and its lifetime in createSessions, or for one user with native(session).login(userId, { lifetime, idleTimeout, persistent }).`,
    );
  }
}

/** Headers of an answer that a page may do without. */
const OPTIONAL = new Set(['Cache-Control', 'Clear-Site-Data', 'Vary']);

/** React Router takes one header: the session's cookie, without those that clear others away. */
function oneHeader({ headers, cookies }: Answer): string {
  const lines = headers.filter(([name]) => !OPTIONAL.has(name));
  if (lines.length > cookies.length) {
    throw new SessionError(
      'unsupported',
      'The token travels in a header, and commitSession gives a cookie. Use sessionMiddleware.',
    );
  }
  const [own = lines[0], ...more] = lines.filter((_, index) => cookies[index]?.value !== '');
  if (more.length > 0) {
    throw new SessionError(
      'too-large',
      'The session takes two cookies, and commitSession gives one. Use sessionMiddleware, keep less, or keep the data in a store.',
    );
  }
  return own?.[1] ?? '';
}
