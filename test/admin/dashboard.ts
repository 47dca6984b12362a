import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import bowser from 'bowser';
import { type Admin, type AdminOptions, createAdmin } from '../../src/admin/index.js';
import { createSessions, type SessionStore, type Sessions } from '../../src/index.js';

export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0';
export const BASE = 'https://shop.example/admin';

/** The secret header of the operator `grace`; nobody else is one. */
export const OPERATOR = { authorization: 'operator' };

export interface Dashboard {
  readonly sessions: Sessions<Record<string, unknown>>;
  readonly admin: Admin;
  /** What an operator gets. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  json(path: string, init?: RequestInit): Promise<unknown>;
  page(path: string, init?: RequestInit): Promise<string>;
  /** Stores a session as a request would, and gives its id. */
  visit(visit?: Visit): Promise<string>;
}

export interface Visit {
  readonly userId?: string;
  readonly userAgent?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function dashboard(
  store: SessionStore,
  { now, ...options }: Partial<AdminOptions> & { now?: () => number } = {},
): Dashboard {
  const sessions = createSessions<Record<string, unknown>>({
    store,
    clientFacts: true,
    ...(now !== undefined && { now }),
  });
  const admin = createAdmin(sessions, {
    authorize: ({ headers }) =>
      headers.get('authorization') === OPERATOR.authorization ? 'grace' : undefined,
    basePath: '/admin',
    bowser,
    now,
    ...options,
  });
  const ask = (path: string, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    admin.fetch(
      new Request(`${BASE}${path}`, { ...init, headers: { ...OPERATOR, ...Object(headers) } }),
    );
  return {
    sessions,
    admin,
    ask,
    json: async (path, init) => (await ask(path, init)).json(),
    page: async (path, { headers, ...init } = {}) =>
      (await ask(path, { ...init, headers: { accept: 'text/html', ...Object(headers) } })).text(),
    async visit({ userId, userAgent = FIREFOX, data = { cart: ['tea'] } } = {}) {
      const session = await sessions.open(
        { 'user-agent': userAgent },
        { secure: true, remoteAddress: '192.0.2.1' },
      );
      for (const [key, value] of Object.entries(data)) session.set(key, value);
      if (userId !== undefined) await session.login(userId);
      await sessions.commit(session);
      return session.id;
    },
  };
}

/** A filter, as JSON. */
export function post(fields: Readonly<Record<string, unknown>>): RequestInit {
  return {
    method: 'POST',
    body: JSON.stringify(fields),
    headers: { 'content-type': 'application/json' },
  };
}

/** A server of `node:http`, and its URL. */
export async function listening(
  listener: Parameters<typeof createServer>[1],
): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
