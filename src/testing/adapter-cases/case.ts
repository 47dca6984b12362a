import assert from 'node:assert/strict';
import type { SessionOptions } from '../../core/options.js';
import type { Session } from '../../core/session.js';
import { createSessions, type Sessions } from '../../core/sessions.js';
import { type Client, createClient, type SendRequest } from '../client.js';
import { type ManualClock, manualClock } from '../clock.js';
import { type ObservedStore, observedStore } from './observed-store.js';

/** Milliseconds. */
const PATIENCE = 5_000;

/** The data of the suite's sessions. */
export interface SuiteData {
  views: number;
  note: string;
  status: string;
  keys: Record<string, number>;
}

/** A request for the suite's handlers. */
export interface SuiteRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** A response that the adapter's framework must send unchanged. */
export interface SuiteReply {
  readonly status: number;
  /** Names and values. A name that occurs twice is sent twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * A text, chunks, or nothing. Send chunks as they come, and only as fast as the client takes
   * them. When the client goes away, end the chunks (`return`).
   */
  readonly body: string | AsyncIterable<Uint8Array> | undefined;
  /** Throw the response if the framework accepts thrown responses; otherwise send it. */
  readonly isThrown?: boolean | undefined;
}

/**
 * Answers every request of a case. When it rejects, the framework's own error page is expected,
 * with the error's `status` or 500.
 */
export type SuiteHandler = (
  request: SuiteRequest,
  session: Session<SuiteData>,
) => Promise<SuiteReply>;

/** The parameters of {@link StartAdapter}, for each case. */
export interface AdapterContext {
  /** The sessions for the adapter. */
  sessions: Sessions<SuiteData>;
  handle: SuiteHandler;
}

/** A running server. */
export interface AdapterUnderTest {
  /** `'http://127.0.0.1:8080'`: a loopback host, or https. */
  origin: string;
  /** Sends requests to the server. Default the global `fetch`. */
  fetch?: SendRequest | undefined;
  /** Called after the case, whether it passed or failed. */
  stop(): Promise<void>;
}

/** Starts a server with the adapter that answers every request with `handle`. */
export type StartAdapter = (context: AdapterContext) => Promise<AdapterUnderTest>;

/** One route of a case. The defaults of its reply are status 200, no headers and no body. */
export type Route = (
  session: Session<SuiteData>,
  request: SuiteRequest,
) => Partial<SuiteReply> | Promise<Partial<SuiteReply>>;

/** The tools of a case. */
export interface Subject {
  readonly store: ObservedStore;
  readonly clock: ManualClock;
  /**
   * Starts the adapter with routes by path, and returns a client for it. `options` are added to the
   * options of the sessions.
   */
  serve(routes: Readonly<Record<string, Route>>, options?: SessionOptions): Promise<Client>;
  /** The sessions of the last {@link serve}. */
  sessions(): Sessions<SuiteData>;
}

/** A rule of the contract. */
export interface CaseDefinition {
  readonly id: string;
  readonly title: string;
  run(subject: Subject): Promise<void>;
}

/** Runs a case on servers and a store of its own. */
export async function runCase(definition: CaseDefinition, start: StartAdapter): Promise<void> {
  const clock = manualClock(Date.now());
  const store = observedStore(clock.now);
  const servers: AdapterUnderTest[] = [];
  let sessions = createSessions<SuiteData>({ store, now: clock.now });
  try {
    await definition.run({
      store,
      clock,
      sessions: () => sessions,
      serve: async (routes, options = {}) => {
        sessions = createSessions<SuiteData>({ store, now: clock.now, ...options });
        const server = await start({ sessions, handle: router(routes) });
        servers.push(server);
        return createClient({ origin: server.origin, fetch: server.fetch, now: clock.now });
      },
    });
  } finally {
    store.heal();
    for (const server of servers) await server.stop();
    await sessions.close();
  }
}

function router(routes: Readonly<Record<string, Route>>): SuiteHandler {
  return async (request, session) => {
    const route = routes[request.path];
    if (route === undefined) return { status: 404, headers: [], body: undefined };
    return { status: 200, headers: [], body: undefined, ...(await route(session, request)) };
  };
}

/** The chunks of a body, from texts. */
export async function* chunks(texts: Iterable<string>): AsyncGenerator<Uint8Array, void> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** The response, when it has this status; fails otherwise. */
export function hasStatus(response: Response, status: number): Response {
  assert.equal(response.status, status, `status ${response.status} instead of ${status}`);
  return response;
}

/** The text of a response with status 200. */
export async function textOf(response: Response): Promise<string> {
  return hasStatus(response, 200).text();
}

/** Fails when the response sets a cookie. */
export function setsNoCookie(response: Response): void {
  assert.deepEqual(response.headers.getSetCookie(), []);
}

/** The values of `Vary`, in lower case. */
export function varyOf(response: Response): string[] {
  return (response.headers.get('vary') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

/** A promise and the function that fulfils it. */
export function signal(): { promise: Promise<void>; send: () => void } {
  let send!: () => void;
  const promise = new Promise<void>((resolve) => {
    send = resolve;
  });
  return { promise, send };
}

/** For an answer that is awaited later, or never if the case fails first. */
export function pending<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}

/** The result of `promise`; fails with `message` when it does not come within a moment. */
export async function within<Result>(promise: Promise<Result>, message: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const isLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message })), PATIENCE);
  });
  try {
    return await Promise.race([promise, isLate]);
  } finally {
    clearTimeout(timer);
  }
}
