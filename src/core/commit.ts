import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionData } from './data.js';
import { SessionError } from './errors.js';
import type { Events } from './events.js';
import { deadline, isTouchDue } from './expiry.js';
import { Journal } from './journal.js';
import type { Settings } from './options.js';
import type { Held } from './persistence.js';
import { Queue } from './queue.js';
import { find, isRotationDue, pointerTo } from './rotation.js';
import type { Outcome, SessionState } from './state.js';
import type { SessionRecord } from './store.js';

/** How often a commit starts again when others were faster, before it gives up with `conflict`. */
const MAX_ATTEMPTS = 30;
/** Of how many processes a record remembers the last commit. */
const MAX_WRITERS = 64;
/** For how long it remembers them when nobody writes, in milliseconds: longer than a client library goes on re-sending. */
const WRITERS_KEPT = 60_000;

interface Move {
  readonly login?: { userId: string } | undefined;
  readonly isRotation?: boolean;
}

/** What a session and the sessions ask for when something must be stored. */
export interface Commits {
  save(state: SessionState): Promise<Outcome>;
  /** Saves with the response, whose headers can still carry a new token. */
  respond(state: SessionState): Promise<Outcome>;
  /** Moves the session to a new token; with `login`, as this user's and with both clocks started anew. */
  regenerate(state: SessionState, login?: { userId: string }): Promise<Outcome>;
  destroy(state: SessionState): Promise<void>;
  reload(state: SessionState): Promise<void>;
  /** Ends the session with this id, whatever others do with it; `false` when there was none. */
  end(id: string): Promise<boolean>;
}

export function createCommits(settings: Settings, events: Events): Commits {
  const { persistence, clocks, codec, now } = settings;
  const queue = new Queue();
  // Names this process in the records it writes. 48 bits: two of the processes that write one session within a minute do not meet.
  const writer = randomBytes(6).toString('base64url');
  let count = 0;

  const nextCommit = (): string => writer + (++count).toString(36);

  /** The commits to remember with `commit`: the last one of each process suffices, since a process commits one session's changes in turn. */
  function remember(commit: string, { data }: Journal, touchedAt: number): string[] {
    const others = now() - touchedAt < WRITERS_KEPT ? data.commits.filter((other) => !other.startsWith(writer)) : [];
    return [...others.slice(1 - MAX_WRITERS), commit];
  }

  function encode(journal: Journal, commit: string, touchedAt: number): string {
    const text = journal.encode(remember(commit, journal, touchedAt));
    if (text.length > settings.maxLength) {
      throw new SessionError(
        'too-large',
        `The session's data is ${text.length} characters long, above maxLength (${settings.maxLength}). Keep less in it, or raise maxLength.`,
      );
    }
    return text;
  }

  function facts({ request }: SessionState): Pick<SessionRecord, 'ipAddress' | 'userAgent'> {
    if (!settings.clientFacts) return {};
    const { ipAddress } = request;
    const userAgent = request.header('user-agent')?.slice(0, 500);
    return { ...(ipAddress === undefined ? {} : { ipAddress }), ...(userAgent === undefined ? {} : { userAgent }) };
  }

  function settle(state: SessionState, held: Held, outcome: Outcome): Outcome {
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

  /** Waits a little longer after each attempt, by chance, so that writers who met do not meet again. */
  async function yieldTo(id: string, attempt: number): Promise<void> {
    events.emit('conflict', { id, attempt });
    if (attempt === MAX_ATTEMPTS) {
      throw new SessionError(
        'conflict',
        `Other writers of this session were faster ${attempt} times in a row. Try again, or write it less often at once.`,
      );
    }
    if (attempt > 2) await delay(Math.random() * Math.min(2 ** attempt, 50));
  }

  async function create(state: SessionState, login?: { userId: string }): Promise<Outcome> {
    if (state.journal.isEmpty && login === undefined) return 'unchanged';
    const refusal = refuse(state);
    if (refusal !== undefined) {
      if (login !== undefined) throw new SessionError('invalid-option', refusal);
      state.outcome = 'refused';
      return 'refused';
    }
    state.commit ??= nextCommit();
    const touchedAt = now();
    if (login !== undefined) state.createdAt = touchedAt;
    const { createdAt } = state;
    const data = encode(state.journal, state.commit, touchedAt);
    const record: SessionRecord = {
      data,
      createdAt,
      touchedAt,
      expiresAt: deadline(clocks, createdAt, touchedAt),
      ...login,
      ...facts(state),
    };
    for (let attempt = 1; ; attempt++) {
      state.place ??= persistence.place();
      const held = (await persistence.create(state.place, record)) ?? (await ownWrite(state.place, state.commit));
      if (held !== undefined) {
        events.emit('created', { id: held.id, userId: record.userId });
        return settle(state, held, 'created');
      }
      await yieldTo(state.place.id, attempt);
      state.place = undefined;
    }
  }

  /** What is stored, when the last to write it was `commit`: the reply of a write was lost, and the client library sent it again. */
  async function ownWrite(place: Pick<Held, 'id' | 'token'>, commit: string): Promise<Held | undefined> {
    const found = await persistence.read(place);
    return found !== undefined && SessionData.decode(found.record.data, codec).commits.includes(commit) ? found : undefined;
  }

  /** What is stored now, when `held` is outdated; reached through pointers to successors. */
  async function refresh(held: Held): Promise<{ held: Held; data: SessionData } | undefined> {
    const found = await find(held, persistence, settings);
    return found?.kind === 'session' ? found : undefined;
  }

  async function update(state: SessionState, held: Held): Promise<Outcome> {
    const { journal } = state;
    state.commit ??= nextCommit();
    let base = held;
    for (let attempt = 1; ; attempt++) {
      const touchedAt = now();
      const data = encode(journal, state.commit, base.record.touchedAt);
      const record = { ...base.record, data, touchedAt, expiresAt: deadline(clocks, base.record.createdAt, touchedAt) };
      const written = await persistence.update(base, record);
      if (written !== undefined) return settle(state, written, 'updated');
      const fresh = await refresh(base);
      if (fresh === undefined) return lose(state, base.id);
      if (fresh.data.commits.includes(state.commit)) {
        if (journal.isMixed) throw unknownConflict('an earlier try of it failed and was stored all the same');
        journal.settle();
        journal.rebase(fresh.data);
        return settle(state, fresh.held, 'updated');
      }
      if (fresh.data.commits.length >= MAX_WRITERS && !fresh.data.commits.some((other) => other.startsWith(writer))) {
        throw unknownConflict('more processes wrote this session at once than a record remembers');
      }
      await yieldTo(base.id, attempt);
      journal.rebase(fresh.data);
      base = fresh.held;
    }
  }

  async function touch(state: SessionState, held: Held): Promise<Outcome> {
    const touchedAt = now();
    const touched = await persistence.touch(held, deadline(clocks, held.record.createdAt, touchedAt), touchedAt);
    return touched === undefined ? lose(state, held.id) : settle(state, touched, 'touched');
  }

  /** Moves a session to a new token: for good, or, as a rotation, with the old one pointing there for a while. */
  async function move(state: SessionState, held: Held, { login, isRotation = false }: Move): Promise<Outcome> {
    const refusal = refuse(state);
    if (refusal !== undefined) throw new SessionError('invalid-option', refusal);
    const { journal } = state;
    state.commit ??= nextCommit();
    const place = persistence.place();
    let old = held;
    let moved: Held | undefined;
    try {
      for (let attempt = 1; ; attempt++) {
        const touchedAt = now();
        const createdAt = login === undefined ? old.record.createdAt : touchedAt;
        const expiresAt = deadline(clocks, createdAt, touchedAt);
        const pointer = pointerTo(place.id, journal.data, codec);
        journal.data.rotation =
          settings.rotateAfter === undefined ? undefined : { at: touchedAt, usedAt: isRotation ? 0 : touchedAt };
        const data = encode(journal, state.commit, old.record.touchedAt);
        const record = { ...old.record, data, createdAt, touchedAt, expiresAt, ...login, ...facts(state) };
        const written: Held | undefined =
          moved === undefined ? await persistence.create(place, record) : await persistence.update(moved, record);
        moved = written ?? (await ownWrite(place, state.commit));
        if (moved === undefined) throw unknownConflict('the record of its new token was taken');
        const isRetired = isRotation
          ? (await persistence.update(old, { data: pointer, createdAt, touchedAt, expiresAt })) !== undefined
          : await persistence.destroy(old.id, old.version);
        if (isRetired) break;
        const fresh = await refresh(old);
        if (fresh === undefined || (isRotation && fresh.held.id !== old.id)) {
          await persistence.destroy(place.id);
          if (fresh === undefined) return lose(state, old.id);
          // Another request was faster and its answer carries the token.
          journal.rebase(fresh.data);
          return update(state, fresh.held);
        }
        await yieldTo(old.id, attempt);
        journal.rebase(fresh.data);
        old = fresh.held;
      }
    } catch (error) {
      // The client never learns this token; a record that cannot be deleted now is swept after its deadline.
      if (moved !== undefined) await persistence.destroy(place.id).catch(() => false);
      throw error;
    }
    events.emit('regenerated', { id: moved.id, from: old.id, userId: moved.record.userId });
    state.createdAt = moved.record.createdAt;
    return settle(state, moved, 'regenerated');
  }

  async function end(id: string): Promise<boolean> {
    if (settings.rotateAfter === undefined) return persistence.destroy(id);
    let wasThere = false;
    for (let next: string | undefined = id, attempt = 1; next !== undefined; attempt++) {
      const held: Held | undefined = await persistence.read({ id: next, token: '' });
      if (held === undefined) break;
      const { successor } = SessionData.decode(held.record.data, codec);
      // Only the very record that was read, so that a session is not missed that moves at this moment.
      if (attempt < MAX_ATTEMPTS && !(await persistence.destroy(next, held.version))) continue;
      wasThere = true;
      next = successor;
    }
    return wasThere;
  }

  /** Runs a task of a held session after the other tasks of the same session in this process, on the latest that they left. */
  function inLine(state: SessionState, { id, token }: Held, task: (held: Held) => Promise<Outcome>): Promise<Outcome> {
    return queue.run(id, async (latest) => {
      state.journal.isUncertain ||= state.commit !== undefined;
      if (latest !== undefined && state.held?.id === id && latest.version !== state.held.version) {
        state.journal.rebase(SessionData.decode(latest.record.data, codec));
        state.held = { ...latest, token };
      }
      const result = state.held === undefined ? 'unchanged' : await task(state.held);
      return { result, held: state.held?.id === id && state.mode === 'live' ? state.held : undefined };
    });
  }

  async function save(state: SessionState): Promise<Outcome> {
    const { held, journal } = state;
    if (state.mode !== 'live') return state.outcome;
    if (held === undefined) return create(state);
    if (journal.isPending) return inLine(state, held, (latest) => update(state, latest));
    if (state.isTouchAsked || isTouchDue(clocks, held.record, now())) return touch(state, held);
    return 'unchanged';
  }

  return {
    save,
    end,

    respond(state) {
      const { held, journal, mode, presented } = state;
      if (held === undefined || mode !== 'live' || presented.refusal !== undefined) return save(state);
      if (!isRotationDue(settings, held.record.createdAt, journal.data)) return save(state);
      return inLine(state, held, (latest) => move(state, latest, { isRotation: true }));
    },

    async regenerate(state, login) {
      const { held } = state;
      if (state.mode !== 'live') return state.outcome;
      if (held !== undefined) return inLine(state, held, (latest) => move(state, latest, { login }));
      state.place = undefined;
      return create(state, login);
    },

    async destroy(state) {
      const { held } = state;
      if (held !== undefined) {
        await end(held.id);
        events.emit('destroyed', { id: held.id });
      }
      state.hasEnded = true;
      state.mode = 'ended';
      state.held = undefined;
      state.place = undefined;
      state.journal = new Journal(new SessionData(codec));
      state.outcome = 'destroyed';
    },

    async reload(state) {
      if (state.held === undefined) return;
      const fresh = await refresh(state.held);
      if (fresh === undefined) {
        lose(state, state.held.id);
        return;
      }
      state.held = fresh.held;
      state.journal = new Journal(fresh.data);
    },
  };
}

function unknownConflict(reason: string): SessionError {
  return new SessionError(
    'conflict',
    `It is not known whether this change of the session is stored: ${reason}. Read the session and decide.`,
  );
}
