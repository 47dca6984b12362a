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
  return find(() => true) as Session<Data>;
}

/** The session that `owner` opened for the present request. */
export function currentOf(owner: object): object {
  return find((frame) => frame.owner === owner);
}

function find(isWanted: (frame: Frame) => boolean): object {
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer)
    if (isWanted(frame)) return frame.session;
  throw new SessionError(
    'no-session',
    'There is no session here. Call this inside a request that an adapter handles, or inside sessions.run().',
  );
}
