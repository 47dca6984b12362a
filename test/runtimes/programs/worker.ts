// A Worker as its author writes it: all that can be is made at module scope, where workerd allows
// no randomness, no timer and no request. Besides, it runs the suites that the path names.
import { DurableObject } from 'cloudflare:workers';
import { cookieSessions, createSessions, SessionError, type SessionStore } from 'sojourn';
import { sessionHandler } from 'sojourn/fetch';
import { memoryStore } from 'sojourn/stores/memory';
import { type D1Client, type DurableObjectSql, sqliteStore } from 'sojourn/stores/sqlite';
import { adapterCases, storeCases } from 'sojourn/testing';
import { calledDirectly, WITHOUT_SERVER } from '../../adapters/web-reply.js';
import { fetchHandler } from './fetch-handler.js';
import { runCases, type SuiteResult } from './run-cases.js';

interface Env {
  readonly DB: D1Client & { withSession(): D1Client };
  readonly OBJECT: {
    getByName(name: string): { fetch(request: Request): Promise<Response> };
  };
}

interface Data {
  views: number;
}

const sealed = createSessions<Data>({
  store: cookieSessions(),
  secret: 'qJ7vX2mZ9tLw4RkB8cYd1NfH6sPgA3uE',
});
const inMemory = createSessions<Data>({ store: memoryStore() });
const views = (sessions: typeof inMemory) =>
  sessionHandler(sessions, (_request, session) => new Response(`${session.increment('views')}`));
const countSealed = views(sealed);
const countInMemory = views(inMemory);
let countInD1: ReturnType<typeof views> | undefined;

export default {
  async fetch(request: Request, { DB, OBJECT }: Env): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case '/views/sealed':
        return countSealed(request);
      case '/views/memory':
        return countInMemory(request);
      case '/views/d1':
        countInD1 ??= views(createSessions<Data>({ store: sqliteStore({ database: DB }) }));
        return countInD1(request);
      case '/migrate':
        await sqliteStore({ database: DB }).migrate?.();
        return new Response('done');
      case '/adapter/fetch':
        return Response.json(
          await runCases(
            adapterCases({
              start: async (context) => calledDirectly(fetchHandler(context)),
              differences: WITHOUT_SERVER,
            }),
          ),
        );
      case '/store/memory':
        return Response.json(
          await runCases(
            storeCases({
              rounds: 2,
              createStore: async ({ now }) => ({ store: memoryStore({ now }) }),
              differences: { migrate: 'memory has no schema' },
            }),
          ),
        );
      case '/store/D1':
        return Response.json(await storeSuiteOn(DB));
      case '/refused':
        return new Response(refusalOf(() => sqliteStore({ database: DB.withSession() })));
      case '/store/Durable%20Object':
        return OBJECT.getByName('suite').fetch(request);
      default:
        return new Response('no such suite', { status: 404 });
    }
  },
};

/** A Durable Object with sessions in its SQL storage. */
export class Sessions extends DurableObject {
  async fetch(): Promise<Response> {
    return Response.json(await storeSuiteOn(this.ctx.storage.sql));
  }
}

function refusalOf(task: () => unknown): string {
  try {
    task();
    return 'taken';
  } catch (error) {
    return error instanceof SessionError ? error.message : 'another error';
  }
}

let tables = 0;

async function storeSuiteOn(database: D1Client | DurableObjectSql): Promise<SuiteResult> {
  const createStore = async ({ now }: { now: () => number }) => {
    const store: SessionStore = sqliteStore({ database, table: `suite_${++tables}`, now });
    await store.migrate?.();
    return { store };
  };
  return runCases(storeCases({ rounds: 2, createStore }));
}
