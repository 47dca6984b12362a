import type { SessionData } from '../../data/data.js';
import type { Budget } from '../../stores/contract/deadline.js';
import { SessionError } from '../errors.js';
import type { Held, Place } from '../persistence.js';
import { find } from '../renewal.js';
import type { Visit } from '../visit.js';
import type { Outcome } from '../visit-states.js';
import { Contention, unknownConflict } from './contention.js';
import { type Engine, mayHaveForgotten } from './engine.js';
import { clientFacts, deadlineOf, encode, isRefused, lose, usedNow } from './records.js';
import { isFirstUse, noteFirstUse, touchVia } from './traces.js';

/** Stores a session for the first time. */
export async function create(engine: Engine, visit: Visit, budget: Budget): Promise<Outcome> {
  const { events, settings, writers } = engine;
  const { persistence } = settings;
  if (isRefused(engine, visit)) return visit.refuse();
  settings.newcomers?.admit(engine, visit);
  const commit = writers.next();
  const record = {
    data: encode(engine, visit, commit, visit.facts),
    ...usedNow(engine, visit, visit.facts, visit.createdAt),
    ...clientFacts(engine, visit),
  };
  const others = new Contention(events, budget);
  for (;;) {
    const place = placeOf(engine, visit);
    const created = await persistence.create(place, record, budget, visit.isAskedFor('store'));
    const held = created ?? (await ownRecord(engine, place, commit, budget));
    if (held !== undefined) {
      visit.stored(held, 'created');
      events.emit('created', { id: held.id, handle: visit.facts.handle, userId: undefined });
      return 'created';
    }
    await others.refused(place.id);
    visit.plan(persistence.place());
  }
}

/** The place of a session that is not stored yet. */
export function placeOf({ settings }: Engine, visit: Visit): Place {
  const { where } = visit;
  return where.kind === 'planned' ? where.place : visit.plan(settings.persistence.place());
}

/** The record of a place if this commit wrote it, and only the reply was lost. */
export async function ownRecord(
  { settings }: Engine,
  place: Place,
  commit: string,
  budget: Budget,
): Promise<Held | undefined> {
  const found = await find(place, 'commit', settings, budget);
  if (found?.kind !== 'session' || found.held.id !== place.id) return undefined;
  return found.data.writers.includes(commit) ? found.held : undefined;
}

/** Stores the changes of a visit, on top of the changes that others stored meanwhile. */
export async function update(
  engine: Engine,
  visit: Visit,
  budget: Budget,
  commit: string = engine.writers.next(),
): Promise<Outcome> {
  const { events, settings, touches } = engine;
  const { persistence } = settings;
  const since = performance.now();
  const others = new Contention(events, budget);
  if (isFirstUse(visit)) await noteFirstUse(engine, visit, budget);

  return inLine(engine, visit, budget, async (held) => {
    for (let base = held; ; ) {
      const facts = { ...visit.facts, provisionalUntil: undefined, movedFrom: undefined };
      const clocks =
        visit.mode.isUse === false ? {} : usedNow(engine, visit, facts, visit.createdAt);
      const record = { ...base.record, data: encode(engine, visit, commit, facts), ...clocks };
      const written = await persistence.update(base, record, budget, visit.isAskedFor('store'));
      if (written !== undefined) {
        const { attempts } = others;
        events.emit('updated', {
          id: written.id,
          handle: visit.facts.handle,
          attempts,
          milliseconds: performance.now() - since,
        });
        if (persistence.isShared && visit.mode.isUse !== false)
          touches.note(written.id, written.record.touchedAt);
        await touchVia(engine, visit, written, budget);
        return visit.stored(written, 'updated', facts);
      }
      const found = await find(base, visit.lookUp, settings, budget);
      if (found?.kind !== 'session') return lose(engine, visit, base.id);
      if (isOwn(visit, found.data, commit)) return visit.recognise(found.held, found.data);
      followOrThrow(visit, found.held, found.data);
      if (found.held.id !== base.id) return 'moved';
      await others.refused(base.id);
      base = found.held;
    }
  });
}

/** Moves the idle deadline of the session, even if the session has moved. */
export async function touch(engine: Engine, visit: Visit, budget: Budget): Promise<Outcome> {
  const { settings, touches } = engine;
  const { persistence, now } = settings;
  if (isFirstUse(visit) && (await noteFirstUse(engine, visit, budget)))
    return update(engine, visit, budget);
  for (;;) {
    const { held } = visit;
    if (held === undefined) return visit.outcome;
    const touchedAt = now();
    if (persistence.isShared) touches.note(held.id, touchedAt);
    try {
      const { createdAt } = held.record;
      const until = deadlineOf(engine, visit, visit.facts, createdAt, touchedAt);
      const touched = await persistence.touch(held, until, touchedAt, budget);
      if (touched !== undefined) {
        engine.events.emit('touched', { id: held.id, handle: visit.facts.handle });
        await touchVia(engine, visit, touched, budget);
        return visit.stored(touched, 'touched');
      }
      const found = await find(held, visit.lookUp, settings, budget);
      if (found?.kind !== 'session') return lose(engine, visit, held.id);
      if (found.held.id === held.id) return visit.outcome;
      followOrThrow(visit, found.held, found.data);
    } catch (error) {
      touches.forget(held.id);
      throw error;
    }
  }
}

/**
 * Runs a task of a stored session after the other tasks of this session in this process, on the
 * record that they left. A task that finds the session under another id changes to the line of this
 * id. Sealed sessions have no line: each client has its own copy.
 */
export async function inLine(
  { settings, lines }: Engine,
  visit: Visit,
  budget: Budget,
  task: (held: Held) => Promise<Outcome | 'moved'>,
): Promise<Outcome> {
  for (;;) {
    const { held } = visit;
    if (held === undefined) return visit.outcome;
    if (!settings.persistence.isShared) return (await task(held)) as Outcome;
    const { id, token } = held;
    const result = await lines.run(
      id,
      async (left) => {
        if (left !== undefined && left.version !== held.version) {
          const data = settings.createData().fill(left.record.data);
          followOrThrow(visit, { ...left, token }, data);
        }
        const outcome = await task(visit.held ?? held);
        return { result: outcome, left: visit.held?.id === id ? visit.held : undefined };
      },
      budget,
    );
    if (result !== 'moved') return result;
  }
}

/** Whether a record contains a commit: its reply was lost, and the client library sent it again. */
export function isOwn(visit: Visit, { writers }: SessionData, commit: string): boolean {
  if (writers.includes(commit)) return true;
  // The record dropped its oldest writers. If none that we knew remain, ours may have been dropped
  // too, so we cannot tell.
  if (mayHaveForgotten(writers, visit.journal.data.writers))
    throw unknownConflict('more processes wrote this session at once than a record remembers');
  return false;
}

/**
 * Puts the visit's changes on top of the data that others stored.
 * @throws `conflict` when a change does not fit this data.
 */
export function followOrThrow(visit: Visit, held: Held, data: SessionData): void {
  try {
    visit.follow(held, data);
  } catch (cause) {
    throw new SessionError(
      'conflict',
      'What another request stored does not go with this one. Read the session again.',
      { cause },
    );
  }
}
