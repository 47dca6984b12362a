import { randomUUID } from 'node:crypto';
import type { Held, Persistence, Place } from '../core/persistence.js';
import type { Sealer } from '../keys/seal.js';
import type { Budget } from '../stores/contract/deadline.js';
import type { SessionRecord } from '../stores/contract.js';
import type { Revocations } from './revocations.js';

/** What a sealed token holds. */
interface Sealed {
  readonly id: string;
  readonly record: SessionRecord;
  /** Which generation of its user's sessions this one belongs to. */
  readonly generation: string | undefined;
}

/** The version of a sealed session is the generation of its user's sessions. */
interface SealedHeld extends Held {
  readonly version: string | undefined;
}

/** The token is opened once, where it is located. */
interface SealedPlace extends Place {
  readonly held?: SealedHeld;
}

/** The data as it is, after a line with the rest: quoted once more it would be a fifth longer. */
function encode({ id, record, generation }: Sealed): string {
  const { data, ...clocks } = record;
  return `${JSON.stringify({ id, generation, ...clocks })}\n${data}`;
}

function decode(text: string): Sealed {
  const end = text.indexOf('\n');
  const { id, generation, ...clocks } = JSON.parse(text.slice(0, end));
  return { id, generation, record: { ...clocks, data: text.slice(end + 1) } };
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
  const hold = (id: string, record: SessionRecord, generation: string | undefined): SealedHeld => ({
    id,
    token: sealer.seal(encode({ id, record, generation }), transport),
    record,
    version: generation,
    isSealed: true,
  });

  async function isRevoked(held: SealedHeld, budget: Budget): Promise<boolean> {
    const { id, record, version } = held;
    return (await revocations?.has(id, record.userId, version, budget)) ?? false;
  }

  async function replace(
    held: Held,
    record: SessionRecord,
    budget: Budget,
  ): Promise<Held | undefined> {
    if (await isRevoked(held as SealedHeld, budget)) return undefined;
    const isSameUser = record.userId === held.record.userId;
    const generation = isSameUser ? held.version : await generationOf(record, budget);
    return hold(held.id, record, generation as string | undefined);
  }

  async function generationOf(
    { userId }: SessionRecord,
    budget: Budget,
  ): Promise<string | undefined> {
    return userId === undefined ? undefined : revocations?.generation(userId, budget);
  }

  return {
    isShared: false,
    place: () => ({ id: randomUUID(), token: '' }),

    locate(token): SealedPlace | 'seal' {
      const opened = sealer.open(token, transport);
      if (opened === undefined) return 'seal';
      const { id, record, generation } = decode(opened.text);
      const held = opened.stale
        ? hold(id, record, generation)
        : { id, token, record, version: generation, isSealed: true };
      return { id: '', token, held };
    },

    async read(place, budget) {
      const own = place as SealedHeld;
      const held = own.isSealed === true ? own : (place as SealedPlace).held;
      return held === undefined || (await isRevoked(held, budget)) ? undefined : held;
    },

    create: async ({ id }, record, budget) => hold(id, record, await generationOf(record, budget)),
    update: replace,

    touch: (held, expiresAt, touchedAt, budget) =>
      replace(held, { ...held.record, expiresAt, touchedAt }, budget),

    retire: async ({ id }, _, budget) => (await revocations?.add(id, budget)) ?? true,
    discard: async () => undefined,

    revoke: revocations && {
      session: (id) => revocations.add(id),
      user: (userId) => revocations.addUser(userId),
    },
  };
}
