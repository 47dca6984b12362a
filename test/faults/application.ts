import type { IncomingMessage, ServerResponse } from 'node:http';
import { sessionListener } from '../../src/adapters/node.js';
import type { SessionOptions } from '../../src/core/options.js';
import { createSessions, type Session, type Sessions } from '../../src/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { type Client, createClient } from '../../src/testing/client.js';
import type { CookieJar } from '../../src/testing/cookie-jar.js';
import { listen } from '../adapters/reply.js';

export interface Data {
  tags: string[];
}

/** A server on HTTP whose store is in trouble. */
export interface Application {
  readonly sessions: Sessions<Data>;
  /** A browser with no cookies yet, or with those of another. */
  browser(cookies?: CookieJar): Client;
  /** A browser whose user is logged in. */
  login(user: string): Promise<Client>;
  stop(): Promise<void>;
}

async function handle(
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
  session: Session<Data>,
): Promise<void> {
  const [, path, argument = ''] = url.split('/');
  if (path === 'login') await session.login(argument);
  if (path === 'account' && session.userId === undefined) response.statusCode = 401;
  if (path === 'tags' && argument !== '') session.push('tags', argument);
  response.end(
    path === 'tags' ? JSON.stringify(session.get('tags', [])) : (session.userId ?? 'anonymous'),
  );
}

/**
 * `POST /login/ada` logs in. `GET /account` is protected: the user, or 401. `GET /` is public: the
 * user, or `anonymous`. `POST /tags/x` appends a tag; `GET /tags` shows all of them.
 */
export async function startApplication(
  store: SessionStore,
  options: Partial<SessionOptions> = {},
): Promise<Application> {
  const sessions = createSessions<Data>({ store, ...options });
  const { origin, stop } = await listen(
    sessionListener(sessions, handle, { onError: (_error, _request, response) => response.end() }),
  );
  const browser = (cookies?: CookieJar): Client => createClient({ origin, cookies });
  return {
    sessions,
    browser,
    async login(user) {
      const client = browser();
      const { status } = await client.post(`/login/${user}`);
      if (status !== 200) throw new Error(`login answered ${status}`);
      return client;
    },
    stop,
  };
}
