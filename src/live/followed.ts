import { isSessionError } from '../core/errors.js';
import type { SessionSnapshot } from '../core/snapshots.js';
import type { LiveEnd } from './connections.js';

/** What of a session is followed. */
export type LiveStart = Pick<SessionSnapshot, 'id' | 'handle' | 'userId' | 'expiresAt'>;
type Found = LiveStart & Pick<SessionSnapshot, 'touchedAt'>;

/** What following needs to know beside the session. */
export interface FollowSettings {
  read(id: string): Promise<Found | undefined>;
  /** Moves the idle deadline of a session. */
  touch(id: string): Promise<unknown>;
  /** How long after a look at the store the next one follows, in milliseconds. */
  readonly every: number;
  readonly now: () => number;
  readonly onEnd: (reason: LiveEnd) => void;
  /** A look at the store failed, or succeeded. */
  readonly onLook: (error?: unknown) => void;
}

/** One session that connections follow, wherever its token and id go. */
export interface Followed {
  readonly id: string;
  readonly handle: string;
  readonly userId: string | undefined;
  /** Looks at the store now, and takes over where the session is. */
  look(): void;
  /** As {@link look}; a store that still shows the session is asked again soon. */
  doubt(): void;
  /** The client used the session: its idle deadline moves, if the last touch is old enough. */
  use(): void;
  stop(): void;
}

/** As old as a copy of a tiered store may be, and a little more. */
const SECOND_LOOK = 1200;
/** As far apart as `touchAfter` is by default: a record lasts that much longer than it is idle. */
const TOUCHES = 21;
const MIN_TOUCH = 1000;
/** A store whose clock is behind shows a session beyond its deadline. */
const MIN_DELAY = 250;
const MAX_DELAY = 2 ** 31 - 1;

/** Follows a session from now on until it ended or `stop` is called. The first look is at once. */
export function follow(
  { id, handle, userId, expiresAt }: LiveStart,
  { read, touch, every, now, onEnd, onLook }: FollowSettings,
): Followed {
  const known = { id, userId, expiresAt, touchedAt: Number.NEGATIVE_INFINITY };
  let isOver = false;
  let isLooking = false;
  /** Another look was asked for while one was under way. */
  let isAskedAgain = false;
  let isDoubted = false;
  let isTouchAsked = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function stop(): void {
    isOver = true;
    clearTimeout(timer);
  }

  function end(): void {
    stop();
    onEnd(now() >= known.expiresAt ? 'expired' : 'ended');
  }

  function lookLater(): void {
    const delay = isDoubted ? SECOND_LOOK : Math.max(known.expiresAt - now(), MIN_DELAY);
    isDoubted = false;
    clearTimeout(timer);
    // Spread, since clients come in crowds.
    const spread = every * (0.75 + Math.random() / 4);
    timer = setTimeout(look, Math.min(delay, spread, MAX_DELAY));
    timer.unref();
  }

  async function readOnce(): Promise<Found | undefined> {
    if (isTouchAsked) {
      isTouchAsked = false;
      await touch(known.id);
    }
    return read(known.id);
  }

  async function lookUntilQuiet(): Promise<void> {
    do {
      isAskedAgain = false;
      const found = await readOnce();
      if (isOver) return;
      // Under another handle it is another session.
      if (found === undefined || found.handle !== handle) return end();
      Object.assign(known, {
        id: found.id,
        userId: found.userId,
        expiresAt: found.expiresAt,
        touchedAt: found.touchedAt,
      });
    } while (isAskedAgain);
  }

  async function lookAndReport(): Promise<void> {
    isLooking = true;
    try {
      await lookUntilQuiet();
      onLook();
    } catch (error) {
      onLook(error);
      // Sealed sessions, which no store shows.
      const isHopeless = isSessionError(error, 'unsupported');
      if (!isOver && (isHopeless || now() >= known.expiresAt)) end();
    } finally {
      isLooking = false;
    }
    if (!isOver) lookLater();
  }

  function look(): void {
    if (isOver) return;
    if (isLooking) isAskedAgain = true;
    else void lookAndReport();
  }

  look();
  return {
    get id() {
      return known.id;
    },
    get userId() {
      return known.userId;
    },
    handle,
    look,
    stop,
    doubt() {
      isDoubted = true;
      look();
    },
    use() {
      const { expiresAt, touchedAt } = known;
      const apart = Math.max((expiresAt - touchedAt) / TOUCHES, MIN_TOUCH);
      if (now() - touchedAt < apart) return;
      isTouchAsked = true;
      known.touchedAt = now();
      look();
    },
  };
}
