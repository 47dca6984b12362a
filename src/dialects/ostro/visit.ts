import type { NodeResponse } from '../../adapters/node/head.js';
import type { NodeRequest } from '../../adapters/node.js';
import {
  currentOf,
  type DefaultData,
  type PathOf,
  runWith,
  type ValueAt,
} from '../../core/internal.js';
import type { Transport } from '../../http/transport.js';
import type { OstroSession } from './session.js';

/** The parts of an Express request that are used. */
export interface OstroRequest extends NodeRequest {
  readonly method?: string | undefined;
  readonly originalUrl: string;
  /** The parsed body of the request. */
  readonly body?: unknown;
}

/** The parts of an Express response that are used. */
export interface OstroResponse extends NodeResponse {
  redirect(status: number, url: string): unknown;
}

/** One request with its session. */
export interface Visit {
  readonly session: OstroSession;
  readonly request: OstroRequest;
  readonly response: OstroResponse;
  /** How the CSRF token travels, for scripts. */
  readonly tokenCookie: Transport;
  readonly trustedProxies: number;
  /** How long the session lasts from now on, in milliseconds. */
  remaining(): number;
}

const owner = {};

/** Runs `task` so that {@link currentVisit} gives `visit` anywhere inside. */
export function runVisit(visit: Visit, task: () => void): void {
  runWith(owner, visit, task);
}

/**
 * The visit of the current request.
 * @throws `no-session` outside a request.
 */
export function currentVisit(): Visit {
  return currentOf(owner) as Visit;
}

/**
 * The session of the current request. With a key: the key's value, or else the default, or else
 * null. With an object: puts each of its values into the session.
 * @throws `no-session` outside a request that `startSession` handles.
 */
export function session<Data extends object = DefaultData>(): OstroSession<Data>;
export function session<const Path extends PathOf<DefaultData>>(
  key: Path,
): Exclude<ValueAt<DefaultData, Path>, undefined> | null;
export function session<const Path extends PathOf<DefaultData>, Default>(
  key: Path,
  defaultValue: Default | (() => Default),
): Exclude<ValueAt<DefaultData, Path>, undefined> | Default;
export function session(values: Partial<DefaultData>): void;
export function session(key?: string | Partial<DefaultData>, defaultValue?: unknown): unknown {
  const { session } = currentVisit();
  if (key === undefined) return session;
  if (typeof key === 'string') return session.get(key as never, defaultValue);
  return session.put(key);
}
