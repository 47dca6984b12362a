import { AsyncLocalStorage } from 'node:async_hooks';
import { SessionError } from './errors.js';
import type { DefaultData, Session } from './session.js';

/** One `run`: its session, whose it is, and the run around it. */
interface Frame {
  readonly owner: object;
  /** Absent while an entered session is still being opened. */
  session: object | undefined;
  readonly outer: Frame | undefined;
}

const frames = new AsyncLocalStorage<Frame>();

/**
 * Runs `task` so that `session()` and the owner's `current()` give `session` anywhere inside,
 * asynchronous code included.
 */
export function runWith<Result>(owner: object, session: object, task: () => Result): Result {
  return frames.run({ owner, session, outer: frames.getStore() }, task);
}

/**
 * The session of the current request, from any code that runs in it.
 * @throws `no-session` outside a request.
 */
export function session<Data extends object = DefaultData>(): Session<Data> {
  return (nearest(() => true) ?? absent()) as Session<Data>;
}

/** Like {@link runWith}, for the rest of the current asynchronous context. */
export function enterWith(owner: object, session: object | Promise<object>): void {
  const frame: Frame = { owner, session: undefined, outer: frames.getStore() };
  frames.enterWith(frame);
  if (!(session instanceof Promise)) {
    frame.session = session;
    return;
  }
  // Who opens the session hears of the failure.
  session.then(
    (opened) => {
      frame.session = opened;
    },
    () => undefined,
  );
}

/**
 * The session that `owner` opened for the current request.
 * @throws `no-session` outside a request.
 */
export function currentOf(owner: object): object {
  return presentOf(owner) ?? absent();
}

/** Like {@link currentOf}, but `undefined` outside a request. */
export function presentOf(owner: object): object | undefined {
  return nearest((frame) => frame.owner === owner);
}

function nearest(isWanted: (frame: Frame) => boolean): object | undefined {
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer)
    if (frame.session !== undefined && isWanted(frame)) return frame.session;
  return undefined;
}

function absent(): never {
  throw new SessionError(
    'no-session',
    'There is no session here. Call this inside a request that an adapter handles, or inside sessions.run().',
  );
}
