import { isSessionError, SessionError } from '../core/errors.js';
import { storeOf } from '../core/internal.js';
import { jsonAnswer, pageAnswer, textAnswer, wantsPage } from '../pages/answers.js';
import { isForeign } from '../pages/foreign.js';
import { listenerOf, type PageListener } from '../pages/listener.js';
import { PageError } from '../pages/page-error.js';
import { EndedLog } from './ended-log.js';
import { HealthCheck } from './health.js';
import { errorPage } from './layout.js';
import { Live } from './live.js';
import {
  type AdminOptions,
  type AdminSessions,
  checkAuthorized,
  readAdminOptions,
} from './options.js';
import type { Asked, Room } from './room.js';
import { ROUTES } from './routes.js';
import { Watch } from './stats.js';

/** What {@link createAdmin} makes. */
export interface Admin {
  /** Handles a web request: `app.all('/admin/sessions/*', (c) => admin.fetch(c.req.raw))`. */
  fetch(request: Request): Promise<Response>;
  /** The same for `http.createServer` and for `app.use` of Express. */
  listener: PageListener;
  /** Stops listening to events, ends the live views, and writes the sessions that ended. */
  close(): Promise<void>;
}

/** Codes of errors that what the operator asked for has led to. */
const ASKED_WRONG = new Set(['invalid-option', 'invalid-value']);

/**
 * A dashboard for operators, and the same as JSON: `createAdmin(sessions, { authorize, basePath
 * })`. It shows no token, and values only when asked for. It counts events from now on.
 * @throws `invalid-option`, without `authorize` above all.
 */
export function createAdmin(sessions: AdminSessions, options: AdminOptions): Admin {
  if (typeof Object(sessions).list !== 'function')
    throw new SessionError(
      'invalid-option',
      'createAdmin takes what createSessions gives. Write createAdmin(sessions, { authorize }).',
    );
  const settings = readAdminOptions(options);
  const watch = new Watch(sessions, settings.now);
  const live = new Live(watch);
  const { endedFor, server, now } = settings;
  const check = new HealthCheck(sessions, server, now);
  const log = endedFor === false ? undefined : EndedLog.in(storeOf(sessions), endedFor, now);
  const stop = sessions.on('ended', (ending) => log?.note(ending));
  const room: Room = { sessions, settings, watch, live, check, log };
  const fetch = (request: Request): Promise<Response> => answerTo(room, request);
  return {
    fetch,
    listener: listenerOf(fetch),
    async close() {
      stop();
      live.close();
      watch.stop();
      await log?.written();
    },
  };
}

async function answerTo(room: Room, request: Request): Promise<Response> {
  if (isForeign(request, room.settings.rules))
    return textAnswer('This request was sent from another site.', 403);
  let operator: string | undefined;
  try {
    const authorized = await room.settings.authorize(request);
    checkAuthorized(authorized);
    if (authorized instanceof Response) return authorized;
    operator = authorized;
  } catch (error) {
    // Nobody is an operator before `authorize` says so: nothing is told of the reason.
    process.emitWarning(error instanceof Error ? error : String(error));
    return textAnswer(
      'Who you are could not be checked. Try again.',
      isSessionError(error) ? error.status : 500,
    );
  }
  if (operator === undefined) return textAnswer('Forbidden', 403);
  try {
    return await route(room, request, operator);
  } catch (error) {
    return failure(room, request, error);
  }
}

async function route(room: Room, request: Request, operator: string): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const { basePath } = room.settings;
  const path = pathname.slice(basePath.length) || '/';
  if (!pathname.startsWith(basePath) || !path.startsWith('/'))
    throw new PageError(404, `The dashboard is under ${basePath}/.`);
  const segments = path.split('/');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  for (const [pattern, methods] of ROUTES) {
    const id = matched(pattern, segments);
    if (id === undefined) continue;
    const answer = Object.entries(methods).find(([name]) => name === method)?.[1];
    if (answer === undefined)
      throw new PageError(405, `Here the methods are: ${Object.keys(methods).join(', ')}.`);
    const isPage = wantsPage(request);
    const asked: Asked = { request, query: searchParams, operator, id, isPage };
    const answered = await answer(room, asked);
    if (request.method !== 'HEAD') return answered;
    await answered.body?.cancel();
    return new Response(null, answered);
  }
  throw new PageError(404, 'There is no such page.');
}

/** What a path names by `:id`, or an empty text; `undefined` when it does not fit. */
function matched(pattern: string, segments: readonly string[]): string | undefined {
  const parts = pattern.split('/');
  if (parts.length !== segments.length) return undefined;
  let id = '';
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    if (part !== ':id') {
      if (part !== segment) return undefined;
    } else {
      id = decoded(segment);
      if (id === '') return undefined;
    }
  }
  return id;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new PageError(400, 'The address is not encoded as UTF-8.');
  }
}

/** An operator is told what went wrong; a cause, which may hold addresses, goes to the log. */
function failure(room: Room, request: Request, error: unknown): Response {
  const status = statusOf(error);
  const isOurs = error instanceof PageError || isSessionError(error);
  if (!isOurs) process.emitWarning(error instanceof Error ? error : String(error));
  const message = isOurs ? error.message : 'It did not work, and nothing more is known here.';
  const code = isSessionError(error) ? error.code : undefined;
  if (wantsPage(request)) return pageAnswer(errorPage(room, message), status);
  return jsonAnswer({ error: { code, message } }, status);
}

function statusOf(error: unknown): number {
  if (error instanceof PageError) return error.status;
  if (!isSessionError(error)) return 500;
  if (ASKED_WRONG.has(error.code)) return 400;
  return error.code === 'unsupported' ? 501 : error.status;
}
