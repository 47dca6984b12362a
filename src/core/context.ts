import { AsyncLocalStorage } from 'node:async_hooks';
import { SessionError } from './errors.js';
import type { DefaultData, Session } from './session.js';

/** One `run`: its session, whose it is, and the run around it. */
interface Frame {
  readonly owner: object;
  readonly session: object;
  readonly outer: Frame | undefined;
}

const frames = new AsyncLocalStorage<Frame>();

/**
 * Runs `task` so that `session()` and the owner's `current()` give `session` anywhere inside,
 * asynchronous parts included.
 */
export function runWith<Result>(owner: object, session: object, task: () => Result): Result {
  return frames.run({ owner, session, outer: frames.getStore() }, task);
}

/**
 * The session of the present request, from anywhere in it.
 * @throws `no-session` outside a request.
 */
export function session<Data extends object = DefaultData>(): Session<Data> {
  return (frames.getStore()?.session ?? absent()) as Session<Data>;
}

/** As {@link runWith}, for the rest of the present asynchronous context. */
export function enterWith(owner: object, session: object): void {
  frames.enterWith({ owner, session, outer: frames.getStore() });
}

/**
 * The session that `owner` opened for the present request.
 * @throws `no-session` outside a request.
 */
export function currentOf(owner: object): object {
  return presentOf(owner) ?? absent();
}

/** As {@link currentOf}; `undefined` outside a request. */
export function presentOf(owner: object): object | undefined {
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer)
    if (frame.owner === owner) return frame.session;
  return undefined;
}

function absent(): never {
  throw new SessionError(
    'no-session',
    'There is no session here. Call this inside a request that an adapter handles, or inside sessions.run().',
  );
}
