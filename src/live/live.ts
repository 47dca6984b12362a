import { SessionError } from '../core/errors.js';
import { type Duration, milliseconds } from '../core/expiry.js';
import { isSealed } from '../core/internal.js';
import { refuseUnknown } from '../core/known-options.js';
import type { DefaultData, Session } from '../core/session.js';
import type { Sessions } from '../core/sessions.js';
import type { SessionSnapshot } from '../core/snapshots.js';
import type { Outcome } from '../core/visit-states.js';
import { announce } from '../notices/channel/announce.js';
import { keepListening } from '../notices/channel/listening.js';
import { createWarning } from '../notices/channel/warning.js';
import type { Notice, Notices } from '../notices/contract.js';
import type { LiveConnection, LiveEnd } from './connections.js';
import { type Followed, follow } from './followed.js';

/** Options of {@link createLive}. */
export interface LiveOptions {
  /**
   * Tells of sessions that end in other processes, within a second; and tells other processes of
   * those that end here, as `announce` does. Default none: {@link every} finds them.
   */
  readonly notices?: Notices | undefined;
  /**
   * How often the store is asked for each attached session. Without notices, or when one was lost,
   * a session that another process ended is noticed after so long. Shorter than `deadFor` of the
   * sessions (default 30 seconds), so that a session that moved meanwhile is found. Default
   * `'20s'`.
   */
  readonly every?: Duration | undefined;
  /** The clock of the sessions, in epoch milliseconds; default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Options of {@link Live.attach}. */
export interface AttachOptions {
  /**
   * Whether messages of the client count as use of the session, as requests do: its idle deadline
   * moves. Default false.
   */
  readonly isUse?: boolean | undefined;
  /** Called when the session has ended, before the connection is closed. */
  readonly onEnd?: ((reason: LiveEnd) => unknown) | undefined;
}

/** The session of an attached connection, as it is by now. */
export interface LiveSession<Data extends object = DefaultData> {
  /** Follows the session: it changes with the token. */
  readonly id: string;
  readonly handle: string;
  /** As of the last look at the store. */
  readonly userId: string | undefined;
  /** The session in the store. `undefined` when it has ended. */
  read(): Promise<SessionSnapshot<Data> | undefined>;
  /** Changes the session, as `sessions.change` does. It does not count as use. */
  change(task: (session: Session<Data>) => unknown): Promise<Outcome>;
  /** The client used the session, by something that is no message. */
  use(): void;
  /** Lets the connection go on without the session. */
  detach(): void;
}

/** What {@link createLive} makes. */
export interface Live<Data extends object = DefaultData> {
  /**
   * Closes `connection` when `session` ends: with {@link SESSION_ENDED} as its code, and the
   * reason.
   * @throws `no-session` when nothing is stored for the session, or it is in its cookie; `too-late`
   * after {@link close}.
   */
  attach(
    session: Pick<Session<Data>, 'id' | 'handle' | 'userId' | 'expiresAt' | 'isNew'>,
    connection: LiveConnection,
    options?: AttachOptions,
  ): LiveSession<Data>;
  /** Stops following. Connections stay open; close them yourself. */
  close(): Promise<void>;
}

/** The code that a connection is closed with when its session ended. */
export const SESSION_ENDED = 4401;

interface Attached {
  readonly connection: LiveConnection;
  readonly onEnd: AttachOptions['onEnd'];
}

interface Group {
  readonly followed: Followed;
  readonly attached: Set<Attached>;
}

/**
 * Connections that live no longer than their sessions. A session that ends in this process closes
 * its connections at once, whatever ended it; one that ends in another process within a second with
 * notices, within `every` without. A notice is only a hint: the store decides.
 * @throws `invalid-option`
 */
export function createLive<Data extends object = DefaultData>(
  sessions: Sessions<Data>,
  options: LiveOptions = {},
): Live<Data> {
  refuseUnknown(options, ['notices', 'every', 'now'], 'createLive');
  const { notices, now = Date.now } = options;
  const every = milliseconds(options.every ?? '20s', 'every');
  const looks = createWarning('The store could not be asked whether attached sessions live');
  const failures = createWarning('A connection whose session ended failed');
  /** By handle. */
  const groups = new Map<string, Group>();
  let stopListening: (() => Promise<void>) | undefined;
  let isClosed = false;

  const stops = [
    sessions.on('ended', ({ id, handle, reason }) => {
      const isExpired = reason === 'idle' || reason === 'lifetime';
      end(groupOf(id, handle), isExpired ? 'expired' : 'ended');
    }),
    sessions.on('regenerated', ({ handle }) => groups.get(handle)?.followed.look()),
    ...(notices === undefined ? [] : [announce(sessions, notices)]),
  ];

  function groupOf(id: string, handle: string | undefined): Group | undefined {
    if (handle !== undefined) return groups.get(handle);
    return [...groups.values()].find(({ followed }) => followed.id === id);
  }

  function end(group: Group | undefined, reason: LiveEnd): void {
    if (group === undefined) return;
    group.followed.stop();
    groups.delete(group.followed.handle);
    for (const { connection, onEnd } of group.attached) {
      attempt(() => onEnd?.(reason));
      attempt(() => connection.close(SESSION_ENDED, reason));
    }
  }

  /** One connection that fails must not keep the others open. */
  function attempt(task: () => unknown): void {
    try {
      Promise.resolve(task()).catch(failures.failed);
    } catch (error) {
      failures.failed(error);
    }
  }

  function listen(): void {
    if (notices === undefined) return;
    stopListening ??= keepListening(notices, hear, () => {
      for (const { followed } of groups.values()) followed.look();
    });
  }

  function hear({ kind, id, handle }: Notice): void {
    const followed = kind === 'changed' ? undefined : groupOf(id, handle)?.followed;
    if (kind === 'ended') followed?.doubt();
    else followed?.look();
  }

  function groupFor(session: Parameters<Live<Data>['attach']>[0]): Group {
    const { handle } = session;
    const present = groups.get(handle);
    if (present !== undefined) {
      present.followed.look();
      return present;
    }
    const followed = follow(session, {
      read: sessions.read,
      touch: (id) => sessions.change(id, (touched) => touched.touch()),
      every,
      now,
      onEnd: (reason) => end(groups.get(handle), reason),
      onLook: (error) => (error === undefined ? looks.worked() : looks.failed(error)),
    });
    const group = { followed, attached: new Set<Attached>() };
    groups.set(handle, group);
    return group;
  }

  function leave(group: Group, attached: Attached): void {
    group.attached.delete(attached);
    const { followed } = group;
    if (group.attached.size > 0) return;
    followed.stop();
    if (groups.get(followed.handle) === group) groups.delete(followed.handle);
  }

  return {
    attach(session, connection, attachOptions = {}) {
      refuseUnknown(attachOptions, ['isUse', 'onEnd'], 'attach');
      const { isUse = false, onEnd } = attachOptions;
      if (isClosed) throw closed();
      if (session.isNew) throw notStored();
      if (isSealed(session)) throw sealed();
      listen();
      const group = groupFor(session);
      const { followed } = group;
      const attached = { connection, onEnd };
      group.attached.add(attached);
      if (isUse) {
        connection.onMessage?.(() => {
          if (group.attached.has(attached)) followed.use();
        });
      }
      connection.onClosed(() => leave(group, attached));
      return {
        get id() {
          return followed.id;
        },
        handle: followed.handle,
        get userId() {
          return followed.userId;
        },
        read: () => sessions.read(followed.id),
        change: (task) => sessions.change(followed.id, task),
        use: followed.use,
        detach: () => leave(group, attached),
      };
    },

    async close() {
      isClosed = true;
      for (const stop of stops) stop();
      for (const { followed } of groups.values()) followed.stop();
      groups.clear();
      await stopListening?.();
    },
  };
}

function closed(): SessionError {
  return new SessionError(
    'too-late',
    'live.close() was called, so nothing is followed any more. Refuse connections before you close it.',
  );
}

function sealed(): SessionError {
  return new SessionError(
    'no-session',
    'This session is in its cookie, so no store shows when it ends. With cookieFirst, await session.moveToStore() before; cookieSessions cannot be followed.',
  );
}

function notStored(): SessionError {
  return new SessionError(
    'no-session',
    'Nothing is stored for this session, so it cannot be followed. Attach it once something is: check session.isNew, or await session.save() before.',
  );
}
