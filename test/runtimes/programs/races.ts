// A Worker that runs the handler of the races, with sessions in D1 below /d1 and in the storage of
// one Durable Object below /object. What a race needs besides is below /control.
import { DurableObject } from 'cloudflare:workers';
import { createSessions, type Sessions as SessionsOf } from 'sojourn';
import { sessionHandler } from 'sojourn/fetch';
import { type D1Client, type DurableObjectSql, sqliteStore } from 'sojourn/stores/sqlite';
import { serve } from '../../../bench/races/shop.js';
import { createTold } from '../../../bench/races/told.js';
import { viewOf } from '../../../bench/races/view.js';

interface Fetcher {
  fetch(request: Request | string): Promise<Response>;
}

interface Env {
  readonly DB: D1Client;
  readonly OBJECT: { getByName(name: string): Fetcher };
  /** Answers when the gate of its path is open. */
  readonly OUTSIDE: Fetcher;
}

type Handle = (request: Request) => Promise<Response>;

function handlerOver(database: D1Client | DurableObjectSql, gates: Fetcher): Handle {
  const told = createTold();
  let ahead = 0;
  const store = sqliteStore({ database, pruneInterval: false });
  const sessions: SessionsOf = createSessions({
    store,
    now: () => Date.now() + ahead,
    storeTimeout: '30s',
    rotateAfter: '15m',
  });
  const pass = async (gate: string): Promise<void> => {
    await gates.fetch(`http://gates/${gate}`);
  };
  const answer = sessionHandler(sessions, async (request, session) => {
    const view = told.watch(session, viewOf(sessions, session));
    return Response.json(await serve(request.url.replace(/\/(?:d1|object)\//, '/'), view, pass));
  });
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.includes('/control/')) return answer(request);
    if (pathname.endsWith('/migrate')) await store.migrate?.();
    if (pathname.endsWith('/advance')) ahead += Number(searchParams.get('milliseconds'));
    return Response.json(pathname.endsWith('/gone') ? told.gone() : []);
  };
}

let overD1: Handle | undefined;

export default {
  async fetch(request: Request, { DB, OBJECT, OUTSIDE }: Env): Promise<Response> {
    if (new URL(request.url).pathname.startsWith('/object/'))
      return OBJECT.getByName('races').fetch(request);
    overD1 ??= handlerOver(DB, OUTSIDE);
    return overD1(request);
  },
};

/** A Durable Object with sessions in its SQL storage, which handles requests itself. */
export class Sessions extends DurableObject<Env> {
  #handle = handlerOver(this.ctx.storage.sql, this.env.OUTSIDE);

  fetch(request: Request): Promise<Response> {
    return this.#handle(request);
  }
}
