import { randomUUID } from 'node:crypto';
import type { Sealer } from '../keys/seal.js';
import { createToken, isToken, type TokenSigner, tokenId } from '../keys/token.js';
import type { Revocations } from '../sealed/revocations.js';
import type { SessionRecord, SessionStore } from '../stores/contract.js';
import { SessionError } from './errors.js';

/** A session as it is kept: where it is, what is there, and what a later write must name. */
export interface Held {
  readonly id: string;
  /** What the client carries. */
  readonly token: string;
  /** The record with its data opened. */
  readonly record: SessionRecord;
  readonly version: unknown;
}

/** A place for a session that is not kept yet. */
export interface Place {
  readonly id: string;
  readonly token: string;
}

/** Why a token was not accepted before anything was read. */
export type Refusal = 'syntax' | 'signature';

/**
 * Where a session is kept: in a store under the id of its token, or sealed inside the token.
 * `undefined` means gone, as in a store.
 */
export interface Persistence {
  /** A new token. */
  place(): Place;
  /**
   * Where a client's token leads, before anything is read. The token comes back made anew when an
   * older secret made it.
   */
  locate(token: string): Place | Refusal;
  read(place: Place): Promise<Held | undefined>;
  create(place: Place, record: SessionRecord): Promise<Held | undefined>;
  update(held: Held, record: SessionRecord): Promise<Held | undefined>;
  touch(held: Held, expiresAt: number, touchedAt: number): Promise<Held | undefined>;
  /** Ends the session; with `version`, only while it is the present one. */
  destroy(id: string, version?: unknown): Promise<boolean>;
}

/** Sessions in a store; `signer` adds a MAC to tokens, `sealer` encrypts the data at rest. */
export function storedSessions(
  store: SessionStore,
  signer: TokenSigner | undefined,
  sealer: Sealer | undefined,
): Persistence {
  const sealed = (id: string, record: SessionRecord): SessionRecord =>
    sealer === undefined ? record : { ...record, data: sealer.seal(record.data, id) };

  return {
    place() {
      const token = createToken();
      return { id: tokenId(token), token: signer === undefined ? token : signer.sign(token) };
    },

    locate(token) {
      if (signer === undefined) return isToken(token) ? { id: tokenId(token), token } : 'syntax';
      const verified = signer.verify(token);
      if (verified === undefined) return 'signature';
      return {
        id: tokenId(verified.token),
        token: verified.stale ? signer.sign(verified.token) : token,
      };
    },

    async read({ id, token }) {
      const found = await store.read(id);
      if (found === undefined) return undefined;
      let { record } = found;
      if (sealer !== undefined) {
        const data = sealer.open(record.data, id)?.text;
        if (data === undefined) {
          throw new SessionError(
            'invalid-record',
            'A stored session does not open with the present secrets. Add the secret that sealed it, or destroy it.',
          );
        }
        record = { ...record, data };
      }
      return { id, token, record, version: found.version };
    },

    async create({ id, token }, record) {
      const version = await store.create(id, sealed(id, record));
      return version === undefined ? undefined : { id, token, record, version };
    },

    async update(held, record) {
      const version = await store.update(held.id, sealed(held.id, record), held.version);
      return version === undefined ? undefined : { ...held, record, version };
    },

    async touch(held, expiresAt, touchedAt) {
      const isThere = await store.touch(held.id, expiresAt, touchedAt);
      return isThere ? { ...held, record: { ...held.record, expiresAt, touchedAt } } : undefined;
    },

    destroy: (id, version) => store.destroy(id, version),
  };
}

interface SealedRecord extends SessionRecord {
  readonly id: string;
}

/** The data as it is, after a line with the rest: quoted once more it would be a fifth longer. */
function encode(id: string, { data, ...rest }: SessionRecord): string {
  return `${JSON.stringify({ id, ...rest })}\n${data}`;
}

function decode(text: string): SealedRecord {
  const end = text.indexOf('\n');
  return { ...JSON.parse(text.slice(0, end)), data: text.slice(end + 1) };
}

/**
 * Sessions inside their tokens. Nothing is kept on the server but `revocations`, if there are any:
 * of two changes the last answer to reach the client wins, and without revocations a copy of a
 * token works until its deadline. A token is bound to the name of its `transport`.
 */
export function sealedSessions(
  sealer: Sealer,
  transport: string,
  revocations: Revocations | undefined,
): Persistence {
  const hold = (id: string, record: SessionRecord): Held => ({
    id,
    token: sealer.seal(encode(id, record), transport),
    record,
    version: undefined,
  });
  const isRevoked = async (id: string, record: SessionRecord): Promise<boolean> =>
    (await revocations?.has(id, record)) ?? false;
  const replace = async ({ id }: Held, record: SessionRecord): Promise<Held | undefined> =>
    (await isRevoked(id, record)) ? undefined : hold(id, record);

  return {
    place: () => ({ id: randomUUID(), token: '' }),
    locate: (token) => ({ id: '', token }),

    async read({ token }) {
      const opened = sealer.open(token, transport);
      if (opened === undefined) return undefined;
      const { id, ...record } = decode(opened.text);
      if (await isRevoked(id, record)) return undefined;
      return opened.stale ? hold(id, record) : { id, token, record, version: undefined };
    },

    create: async ({ id }, record) => hold(id, record),
    update: replace,
    touch: (held, expiresAt, touchedAt) => replace(held, { ...held.record, expiresAt, touchedAt }),
    destroy: async (id) => (await revocations?.add(id)) ?? true,
  };
}
