import { randomBytes } from 'node:crypto';
import type { SessionRecord } from '../stores/contract.js';
import { contention, unknownConflict } from './contention.js';
import { SessionData } from './data.js';
import { SessionError } from './errors.js';
import type { Events } from './events.js';
import { deadline } from './expiry.js';
import { Journal } from './journal.js';
import type { Settings } from './options.js';
import type { Held, Place } from './persistence.js';
import { Queue } from './queue.js';
import { endAll, find, isRotationDue, pointerTo } from './rotation.js';
import type { Outcome, SessionState } from './state.js';
import { createTouches } from './touches.js';

/** Of how many processes a record remembers the last commit. */
const MAX_WRITERS = 64;
/**
 * For how long it remembers them when nobody writes, in milliseconds: longer than a client library
 * goes on re-sending.
 */
const WRITERS_KEPT = 60_000;

interface Move {
  readonly login?: { userId: string } | undefined;
  readonly isRotation?: boolean;
}

/** What a session and the sessions ask for when something must be stored. */
export interface Commits {
  save(state: SessionState): Promise<Outcome>;
  /** Whether {@link respond} has anything to store. */
  isDue(state: SessionState): boolean;
  /** Saves with the response, whose headers can still carry a new token. */
  respond(state: SessionState): Promise<Outcome>;
  /**
   * Moves the session to a new token; with `login`, as this user's and with both clocks started
   * anew.
   */
  regenerate(state: SessionState, login?: { userId: string }): Promise<Outcome>;
  destroy(state: SessionState): Promise<void>;
  reload(state: SessionState): Promise<void>;
  /** Ends the session with this id, whatever others do with it; `false` when there was none. */
  end(id: string): Promise<boolean>;
}

export function createCommits(settings: Settings, events: Events): Commits {
  const { persistence, clocks, codec, now } = settings;
  const queue = new Queue();
  const touches = createTouches(clocks);
  // Names this process in the records it writes. 48 bits: two of the processes that write one
  // session within a minute do not meet.
  const writer = randomBytes(6).toString('base64url');
  let count = 0;

  const nextCommit = (): string => writer + (++count).toString(36);

  /**
   * The commits to remember with `commit`: the last one of each process suffices, since a process
   * commits one session's changes in turn.
   */
  function remember(commit: string, { data }: Journal, touchedAt: number): string[] {
    const others =
      now() - touchedAt < WRITERS_KEPT
        ? data.commits.filter((other) => !other.startsWith(writer))
        : [];
    return [...others.slice(1 - MAX_WRITERS), commit];
  }

  /** The text to store. It names the commit, which is the same one when an earlier try failed. */
  function encode(state: SessionState, touchedAt: number): string {
    const commit = state.commit ?? nextCommit();
    const text = state.journal.encode(remember(commit, state.journal, touchedAt));
    if (text.length > settings.maxLength) {
      throw new SessionError(
        'too-large',
        `The session's data is ${text.length} characters long, above maxLength (${settings.maxLength}). Keep less in it, or raise maxLength.`,
      );
    }
    state.commit = commit;
    return text;
  }

  function facts({ request }: SessionState): Pick<SessionRecord, 'ipAddress' | 'userAgent'> {
    if (!settings.clientFacts) return {};
    const { ipAddress } = request;
    const userAgent = request.header('user-agent')?.slice(0, 500);
    return {
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(userAgent === undefined ? {} : { userAgent }),
    };
  }

  function settle(state: SessionState, held: Held, outcome: Outcome): Outcome {
    touches.note(held);
    state.held = held;
    state.commit = undefined;
    state.hasMoved = true;
    state.isTouchAsked = false;
    state.journal.settle();
    state.outcome = outcome;
    return outcome;
  }

  function lose(state: SessionState, id: string): Outcome {
    if (state.journal.isChanged) events.emit('gone', { id });
    state.mode = 'gone';
    state.outcome = 'gone';
    return 'gone';
  }

  function refuse(state: SessionState): string | undefined {
    const reason = state.presented.refusal;
    if (reason !== undefined) events.emit('refused', { reason });
    return reason;
  }

  async function create(state: SessionState, login?: { userId: string }): Promise<Outcome> {
    if (state.journal.isEmpty && login === undefined) return 'unchanged';
    const refusal = refuse(state);
    if (refusal !== undefined) {
      if (login !== undefined) throw new SessionError('invalid-option', refusal);
      state.outcome = 'refused';
      return 'refused';
    }
    const touchedAt = now();
    if (login !== undefined) state.createdAt = touchedAt;
    const { createdAt } = state;
    const data = encode(state, touchedAt);
    const record: SessionRecord = {
      data,
      createdAt,
      touchedAt,
      expiresAt: deadline(clocks, createdAt, touchedAt),
      ...login,
      ...facts(state),
    };
    const yieldTo = contention(events);
    for (;;) {
      state.place ??= persistence.place();
      const held =
        (await persistence.create(state.place, record)) ?? (await ownWrite(state.place, state));
      if (held !== undefined) {
        events.emit('created', { id: held.id, userId: record.userId });
        // An earlier try, which failed and was stored all the same, may have held less.
        return held.record.data === data ? settle(state, held, 'created') : update(state, held);
      }
      await yieldTo(state.place.id);
      state.place = undefined;
    }
  }

  async function createAnew(state: SessionState, login?: { userId: string }): Promise<Outcome> {
    const place = persistence.place();
    state.place = place;
    try {
      return await create(state, login);
    } catch (error) {
      // A login that failed must not stay behind as a device of the user.
      if (login !== undefined) await persistence.destroy(place.id).catch(() => false);
      throw error;
    }
  }

  /**
   * What is stored, when this commit wrote it: the reply of a write was lost, and the client
   * library sent it again.
   */
  async function ownWrite(place: Place, { commit = '' }: SessionState): Promise<Held | undefined> {
    const found = await persistence.read(place);
    return found !== undefined &&
      SessionData.decode(found.record.data, codec).commits.includes(commit)
      ? found
      : undefined;
  }

  /** What is stored now, when `held` is outdated; reached through pointers to successors. */
  async function refresh(held: Held): Promise<{ held: Held; data: SessionData } | undefined> {
    const found = await find(held, persistence, settings);
    return found?.kind === 'session' ? found : undefined;
  }

  /**
   * Makes what others stored the base of the journal, and says whether the commit under way is in
   * it already.
   * @throws `conflict` when that cannot be known.
   */
  function catchUp({ commit = '', journal }: SessionState, fresh: SessionData): boolean {
    const { commits } = fresh;
    const isStored = commits.includes(commit);
    if (isStored && journal.isMixed)
      throw unknownConflict('an earlier try of it failed and was stored all the same');
    if (!isStored && journal.isUncertain && commits.some((other) => isLater(other, commit))) {
      throw unknownConflict(
        'an earlier try of it failed, and this process wrote the session since',
      );
    }
    // Were one still remembered that was there when this commit was sent, this commit would be as
    // well.
    if (
      !isStored &&
      commits.length >= MAX_WRITERS &&
      !commits.some((other) => journal.data.commits.includes(other))
    ) {
      throw unknownConflict('more processes wrote this session at once than a record remembers');
    }
    if (isStored) journal.settle();
    try {
      journal.rebase(fresh);
    } catch (cause) {
      throw new SessionError(
        'conflict',
        'What another request stored does not go with this one. Read the session again.',
        {
          cause,
        },
      );
    }
    return isStored;
  }

  /** Whether a commit is a later one of this process. A record remembers only the last of each. */
  function isLater(other: string, commit: string): boolean {
    const number = (name: string): number => Number.parseInt(name.slice(writer.length), 36);
    return other.startsWith(writer) && number(other) > number(commit);
  }

  async function update(state: SessionState, held: Held): Promise<Outcome> {
    let base = held;
    const yieldTo = contention(events);
    for (;;) {
      const touchedAt = now();
      const data = encode(state, base.record.touchedAt);
      const record = {
        ...base.record,
        data,
        touchedAt,
        expiresAt: deadline(clocks, base.record.createdAt, touchedAt),
      };
      const written = await persistence.update(base, record);
      if (written !== undefined) {
        await touchPointer(state, written);
        return settle(state, written, 'updated');
      }
      const fresh = await refresh(base);
      if (fresh === undefined) return lose(state, base.id);
      if (fresh.held.id !== base.id) state.pointer ??= base.id;
      if (catchUp(state, fresh.data)) return settle(state, fresh.held, 'updated');
      await yieldTo(base.id);
      base = fresh.held;
    }
  }

  async function touch(state: SessionState, held: Held): Promise<Outcome> {
    const touchedAt = now();
    const touched = await persistence.touch(
      held,
      deadline(clocks, held.record.createdAt, touchedAt),
      touchedAt,
    );
    if (touched === undefined) return lose(state, held.id);
    await touchPointer(state, touched);
    return settle(state, touched, 'touched');
  }

  /** Keeps the way alive by which a client came that did not take its new token. */
  async function touchPointer({ pointer }: SessionState, held: Held): Promise<void> {
    if (pointer !== undefined)
      await persistence.touch(
        { ...held, id: pointer },
        held.record.expiresAt,
        held.record.touchedAt,
      );
  }

  /**
   * Lets a client that did not take the last token either skip it, so that the way does not grow.
   */
  async function shorten(
    { pointer }: SessionState,
    { id, record }: Held,
    data: SessionData,
  ): Promise<void> {
    if (pointer === undefined) return;
    const held = await persistence.read({ id: pointer, token: '' });
    const { createdAt, touchedAt, expiresAt } = record;
    if (held !== undefined)
      await persistence.update(held, {
        data: pointerTo(id, data, codec),
        createdAt,
        touchedAt,
        expiresAt,
      });
  }

  /**
   * Moves a session to a new token: for good, or, as a rotation, with the old one pointing there
   * for a while. When the reply to the last step of a move for good is lost and the client library
   * sends it again, the move cannot be told from another request's, and ends as `gone`.
   */
  async function move(
    state: SessionState,
    held: Held,
    { login, isRotation = false }: Move,
  ): Promise<Outcome> {
    const refusal = refuse(state);
    if (refusal !== undefined) throw new SessionError('invalid-option', refusal);
    const { journal } = state;
    const place = persistence.place();
    let old = held;
    let moved: Held | undefined;
    let isPointedAt = false;
    try {
      const yieldTo = contention(events);
      for (;;) {
        const touchedAt = now();
        const createdAt = login === undefined ? old.record.createdAt : touchedAt;
        const expiresAt = deadline(clocks, createdAt, touchedAt);
        const pointer = pointerTo(place.id, journal.data, codec);
        journal.data.rotation =
          settings.rotateAfter === undefined
            ? undefined
            : { at: touchedAt, usedAt: isRotation ? 0 : touchedAt };
        const data = encode(state, old.record.touchedAt);
        const record = {
          ...old.record,
          data,
          createdAt,
          touchedAt,
          expiresAt,
          ...login,
          ...facts(state),
        };
        const written: Held | undefined =
          moved === undefined
            ? await persistence.create(place, record)
            : await persistence.update(moved, record);
        moved = written ?? (await ownWrite(place, state));
        if (moved === undefined) throw unknownConflict('the record of its new token was taken');
        isPointedAt = isRotation;
        const isRetired = isRotation
          ? (await persistence.update(old, { data: pointer, createdAt, touchedAt, expiresAt })) !==
            undefined
          : await persistence.destroy(old.id, old.version);
        if (isRetired) break;
        const fresh = await refresh(old);
        // The reply was lost, and the client library sent the pointer again.
        if (fresh?.held.id === place.id) break;
        isPointedAt = false;
        if (fresh === undefined || (isRotation && fresh.held.id !== old.id)) {
          await persistence.destroy(place.id);
          if (fresh === undefined) return lose(state, old.id);
          state.pointer ??= old.id;
          catchUp(state, fresh.data);
          return update(state, fresh.held);
        }
        catchUp(state, fresh.data);
        await yieldTo(old.id);
        old = fresh.held;
      }
    } catch (error) {
      // The client never learns this token; a record that cannot be deleted now is swept after its
      // deadline. What a pointer may lead to is the session.
      if (!isPointedAt) await persistence.destroy(place.id).catch(() => false);
      throw error;
    }
    if (isRotation) await shorten(state, moved, journal.data);
    state.pointer = undefined;
    events.emit('regenerated', { id: moved.id, from: old.id, userId: moved.record.userId });
    state.createdAt = moved.record.createdAt;
    return settle(state, moved, 'regenerated');
  }

  const end = (id: string): Promise<boolean> =>
    settings.rotateAfter === undefined ? persistence.destroy(id) : endAll(id, settings, events);

  /** Finds out whether a commit that failed was stored all the same, so that it counts once. */
  async function lookBack(state: SessionState): Promise<void> {
    state.journal.isUncertain = true;
    const fresh = state.held && (await refresh(state.held));
    if (fresh === undefined) return;
    if (catchUp(state, fresh.data)) state.commit = undefined;
    state.held = fresh.held;
  }

  /**
   * Runs a task of a held session after the other tasks of the same session in this process, on the
   * latest that they left.
   */
  function inLine(
    state: SessionState,
    { id, token }: Held,
    task: (held: Held) => Promise<Outcome>,
  ): Promise<Outcome> {
    return queue.run(id, async (latest) => {
      if (state.commit !== undefined) await lookBack(state);
      else if (latest !== undefined && state.held?.id === id) {
        if (latest.version !== state.held.version)
          state.journal.rebase(SessionData.decode(latest.record.data, codec));
        state.held = { ...latest, token };
      }
      const result = state.held === undefined ? 'unchanged' : await task(state.held);
      return {
        result,
        held: state.held?.id === id && state.mode === 'live' ? state.held : undefined,
      };
    });
  }

  async function save(state: SessionState): Promise<Outcome> {
    const { held, journal } = state;
    if (state.mode !== 'live') return state.outcome;
    if (held === undefined) return create(state);
    if (journal.isPending) return inLine(state, held, (latest) => update(state, latest));
    if (!isTouchWanted(state, held)) return 'unchanged';
    return inLine(state, held, async (latest) =>
      isTouchWanted(state, latest) ? touch(state, latest) : 'unchanged',
    );
  }

  function isTouchWanted({ isTouchAsked }: SessionState, held: Held): boolean {
    return isTouchAsked || touches.isDue(held, now());
  }

  function isRotationWanted({ journal, presented }: SessionState, { record }: Held): boolean {
    return (
      presented.refusal === undefined && isRotationDue(settings, record.createdAt, journal.data)
    );
  }

  return {
    save,
    end,

    isDue(state) {
      const { held, journal, mode } = state;
      if (mode !== 'live') return false;
      if (held === undefined) return !journal.isEmpty;
      return journal.isPending || isTouchWanted(state, held) || isRotationWanted(state, held);
    },

    respond(state) {
      const { held, mode } = state;
      if (held === undefined || mode !== 'live' || !isRotationWanted(state, held))
        return save(state);
      return inLine(state, held, (latest) => move(state, latest, { isRotation: true }));
    },

    async regenerate(state, login) {
      const { held } = state;
      if (state.hasResponded)
        throw new SessionError(
          'too-late',
          'The response began, so it cannot carry a new token. Call regenerate and login before.',
        );
      if (state.mode === 'live') {
        if (held !== undefined)
          await inLine(state, held, (latest) => move(state, latest, { login }));
        else await createAnew(state, login);
      }
      if (login === undefined || state.mode === 'live') return state.outcome;
      throw new SessionError(
        'conflict',
        'Another request ended or moved this session first, so nobody is logged in. Log in again.',
      );
    },

    async destroy(state) {
      const { held } = state;
      if (state.mode === 'ended') return;
      const wasThere = held !== undefined && (await end(held.id));
      if (wasThere) events.emit('destroyed', { id: held.id });
      // Another request ended or moved the session first. An expired cookie would undo the one that
      // it sent.
      const isLost = held !== undefined && !wasThere;
      if (isLost) events.emit('gone', { id: held.id });
      state.hasEnded ||= !isLost;
      state.mode = 'ended';
      state.commit = undefined;
      state.held = undefined;
      state.place = undefined;
      state.journal = new Journal(new SessionData(codec));
      state.outcome = isLost ? 'gone' : 'destroyed';
    },

    async reload(state) {
      state.commit = undefined;
      if (state.mode === 'gone') return;
      const fresh = state.held && (await refresh(state.held));
      const isLost = state.held !== undefined && fresh === undefined;
      if (isLost) lose(state, state.held?.id ?? '');
      else state.outcome = 'unchanged';
      state.journal.restart(fresh?.data ?? new SessionData(codec));
      state.held = fresh?.held;
    },
  };
}
