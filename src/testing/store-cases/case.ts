import assert from 'node:assert/strict';
import {
  eachEntry,
  type SessionEntry,
  type SessionRecord,
  type SessionStore,
  type StoreAbility,
  type StoredSession,
  supports,
} from '../../stores/contract.js';
import { type ManualClock, manualClock } from '../clock.js';

/** The stores that the author of a store passes to the suite. */
export interface StoresUnderTest {
  store: SessionStore;
  /**
   * Another instance on the same backend, for races between processes. Without it, `store` races
   * against itself.
   */
  second?: SessionStore | undefined;
  /** Called after the case, whether it passed or failed. */
  cleanup?: (() => Promise<void>) | undefined;
}

/** The tools of a case. */
export interface Subject {
  readonly store: SessionStore;
  /** Another instance on the same backend, or `store` again. */
  readonly second: SessionStore;
  readonly clock: ManualClock;
  readonly rounds: number;
  /** A record that lives for an hour. `fields` replace its own. */
  record(fields?: Partial<SessionRecord>): SessionRecord;
}

/** A rule of the contract. */
export interface CaseDefinition {
  readonly id: string;
  readonly title: string;
  run(subject: Subject): Promise<void>;
}

export const HOUR = 3_600_000;

/**
 * Runs a case on a store of its own. The clock starts at the real time, so that a backend's own
 * expiry does not interfere.
 */
export async function runCase(
  definition: CaseDefinition,
  createStore: (context: { now: () => number }) => Promise<StoresUnderTest>,
  rounds: number,
): Promise<void> {
  const clock = manualClock(Date.now());
  const { store, second = store, cleanup } = await createStore({ now: clock.now });
  try {
    const record = (fields?: Partial<SessionRecord>): SessionRecord => ({
      data: '{"views":1}',
      createdAt: clock.now(),
      touchedAt: clock.now(),
      expiresAt: clock.now() + HOUR,
      ...fields,
    });
    await definition.run({ store, second, clock, rounds, record });
  } finally {
    await cleanup?.();
  }
}

/** `store` with an ability; fails when it has none. */
export function able<Ability extends StoreAbility>(
  store: SessionStore,
  ability: Ability,
): SessionStore & Required<Pick<SessionStore, Ability>> {
  if (supports(store, ability)) return store;
  assert.fail(
    `The ${store.name} store has no \`${ability}\`. If it cannot have one, declare it: differences: { ${ability}: 'why' }.`,
  );
}

/** The version that a write returned; fails when nothing was written. */
export function written(version: unknown, what: string): unknown {
  assert.notEqual(version, undefined, `${what} wrote nothing`);
  return version;
}

/** Creates a record and returns its version; fails when that is refused. */
export async function created(
  store: SessionStore,
  id: string,
  record: SessionRecord,
): Promise<unknown> {
  return written(await store.create(id, record), `create of ${JSON.stringify(id)}`);
}

/** The stored record and its version; fails when there is none. */
export async function present(store: SessionStore, id: string): Promise<StoredSession> {
  const stored = await store.read(id);
  assert.ok(stored, `${JSON.stringify(id)} is absent`);
  return stored;
}

/** Fails unless `store` holds exactly `record` under `id`. */
export async function holds(store: SessionStore, id: string, record: SessionRecord): Promise<void> {
  assert.deepEqual((await present(store, id)).record, record);
}

/** Fails unless nothing is read under `id`. */
export async function absent(store: SessionStore, id: string): Promise<void> {
  assert.equal(await store.read(id), undefined, `${JSON.stringify(id)} is present`);
}

/** All that `list` gives, by id; fails when one comes twice. */
export function listed(store: SessionStore): Promise<Record<string, SessionRecord>> {
  const listing = able(store, 'list');
  return collect(eachEntry((page) => listing.list(page)));
}

/** All that `byUser` gives, by id; fails when one comes twice. */
export function ofUser(
  store: SessionStore,
  userId: string,
): Promise<Record<string, SessionRecord>> {
  const listing = able(store, 'byUser');
  return collect(eachEntry((page) => listing.byUser(userId, page)));
}

async function collect(
  entries: AsyncIterable<SessionEntry>,
): Promise<Record<string, SessionRecord>> {
  const found = new Map<string, SessionRecord>();
  for await (const { id, record } of entries) {
    assert.ok(!found.has(id), `${JSON.stringify(id)} comes twice`);
    found.set(id, record);
  }
  return Object.fromEntries(found);
}

/** Lets `count` turns of the event loop pass. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
