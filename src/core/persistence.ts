import type { Sealer } from '../keys/seal.js';
import { createToken, isToken, type TokenSigner, tokenId } from '../keys/token.js';
import type { Budget, TimedStore } from '../stores/contract/deadline.js';
import type { SessionEntry, SessionRecord, StoredSession } from '../stores/contract.js';
import { SessionError } from './errors.js';

/** A stored session: its place, its record, and the version that a later write must name. */
export interface Held {
  readonly id: string;
  /** The client's token. */
  readonly token: string;
  /** The record with decrypted data. */
  readonly record: SessionRecord;
  readonly version: unknown;
  /** Whether the client keeps the session, so that no change after the response reaches it. */
  readonly isSealed?: boolean | undefined;
}

/** A place for a session that is not stored yet. */
export interface Place {
  readonly id: string;
  readonly token: string;
}

/** Why a token was not accepted before anything was read. */
export type Rejection = 'syntax' | 'signature' | 'seal';

/**
 * Keeps sessions in a store under the id of their token, or sealed inside the token. `undefined`
 * and `false` mean gone, as in a store.
 */
export interface Persistence {
  /** Whether requests of one session share one record, so that they must write in turn. */
  readonly isShared: boolean;
  /** A new token. */
  place(): Place;
  /**
   * The place of a client's token, before anything is read. A token of an older secret is made anew
   * with the present one.
   */
  locate(token: string): Place | Rejection;
  read(place: Place, budget: Budget): Promise<Held | undefined>;
  /** A copy, at most so many milliseconds old, that the store kept; for outages. */
  readStale?(place: Place, maxAge: number, budget: Budget): Promise<Held | undefined>;
  /** With `mustStore` the session may not be left to its client. */
  create(
    place: Place,
    record: SessionRecord,
    budget: Budget,
    mustStore?: boolean,
  ): Promise<Held | undefined>;
  /** As {@link create}. */
  update(
    held: Held,
    record: SessionRecord,
    budget: Budget,
    mustStore?: boolean,
  ): Promise<Held | undefined>;
  touch(
    held: Held,
    expiresAt: number,
    touchedAt: number,
    budget: Budget,
  ): Promise<Held | undefined>;
  /** Ends the record only as it was read. Leaves `trace` in its place if the store can keep one. */
  retire(held: Held, trace: SessionRecord, budget: Budget): Promise<boolean>;
  /** Removes a record whose token no client has. With `version`, only while it has this version. */
  discard(id: string, version: unknown, budget: Budget): Promise<unknown>;
  /** The record of an entry that the store listed, with decrypted data. */
  open?(entry: SessionEntry): SessionRecord;
  /** Ends sessions that the clients keep, so that nobody can read them by id. */
  readonly revoke?:
    | {
        session(id: string): Promise<boolean>;
        user(userId: string): Promise<void>;
      }
    | undefined;
}

/** Sessions in a store; `signer` adds a MAC to tokens, `sealer` encrypts the data at rest. */
export function storedSessions(
  store: TimedStore,
  signer: TokenSigner | undefined,
  sealer: Sealer | undefined,
): Persistence {
  const sealed = (id: string, record: SessionRecord): SessionRecord =>
    sealer === undefined
      ? record
      : { ...record, data: sealer.seal(record.data, sealContext(id, record)) };

  function opened(id: string, record: SessionRecord): SessionRecord {
    checkClocks(record);
    if (sealer === undefined) return record;
    const data = sealer.open(record.data, sealContext(id, record))?.text;
    if (data === undefined) throw doesNotOpen();
    return { ...record, data };
  }

  function heldAt({ id, token }: Place, found: StoredSession | undefined): Held | undefined {
    if (found === undefined) return undefined;
    return { id, token, record: opened(id, found.record), version: found.version };
  }

  return {
    isShared: true,
    open: ({ id, record }) => opened(id, record),

    place() {
      const token = createToken();
      return { id: tokenId(token), token: signer === undefined ? token : signer.sign(token) };
    },

    locate(token) {
      if (signer === undefined) return isToken(token) ? { id: tokenId(token), token } : 'syntax';
      const verified = signer.verify(token);
      if (verified === undefined) return 'signature';
      const present = verified.stale ? signer.sign(verified.token) : token;
      return { id: tokenId(verified.token), token: present };
    },

    async read(place, budget) {
      return heldAt(place, await store.read(place.id, budget));
    },

    async readStale(place, maxAge, budget) {
      return heldAt(place, await store.readStale(place.id, maxAge, budget));
    },

    async create({ id, token }, record, budget) {
      const version = await store.create(id, sealed(id, record), budget);
      return version === undefined ? undefined : { id, token, record, version };
    },

    async update(held, record, budget) {
      const sealedRecord = sealed(held.id, record);
      const version = await store.update(held.id, sealedRecord, held.version, budget);
      return version === undefined ? undefined : { ...held, record, version };
    },

    async touch(held, expiresAt, touchedAt, budget) {
      const isThere = await store.touch(held.id, expiresAt, touchedAt, budget);
      return isThere ? { ...held, record: { ...held.record, expiresAt, touchedAt } } : undefined;
    },

    async retire({ id, version }, trace, budget) {
      return (await store.update(id, sealed(id, trace), version, budget)) !== undefined;
    },

    discard: (id, version, budget) => store.destroy(id, version, budget),
  };
}

/**
 * The facts that an encrypted record is bound to. A touch moves the other clocks without the key.
 */
function sealContext(id: string, { userId, createdAt }: SessionRecord): string {
  return JSON.stringify([id, createdAt, userId ?? null]);
}

function checkClocks({ createdAt, touchedAt, expiresAt }: SessionRecord): void {
  if (isClock(createdAt) && isClock(touchedAt) && isClock(expiresAt)) return;
  throw new SessionError(
    'invalid-record',
    'The clocks of a stored session are not numbers. Destroy the session, or repair its record.',
  );
}

function isClock(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

function doesNotOpen(): SessionError {
  return new SessionError(
    'invalid-record',
    'A stored session cannot be decrypted with the present secrets. Add the secret that encrypted it, or destroy the session.',
  );
}
