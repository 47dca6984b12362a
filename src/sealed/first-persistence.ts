import type { Held, Persistence, Place } from '../core/persistence.js';
import type { Sealer } from '../keys/seal.js';
import { isMoved, type SessionRecord } from '../stores/contract.js';

/**
 * A session in its cookie or in the store. In the cookie it has the id that it would have in the
 * store, so two requests that move it at once meet there.
 */
interface FirstHeld extends Held {
  /** The token that the client gets once the session is in the store. */
  readonly storedToken: string;
}

/** The token is opened once, where it is located. */
interface FirstPlace extends Place {
  readonly storedToken?: string;
  readonly held?: FirstHeld;
}

/** The session that a request holds, when it looks for it again and the store has none. */
const ownOf = (place: Place): FirstHeld | undefined => {
  const held = place as FirstHeld;
  return held.isSealed === true ? held : undefined;
};

/** The version of a session in its cookie. No store knows it. */
class SealedVersion {}

/**
 * Keeps a session in its cookie while it is small and nobody's, and in `stored` otherwise. Reading
 * a session in its cookie asks no store. Changing it asks the store once whether it has moved
 * there. From then on the store decides, until a `regenerate` of a small session takes it back.
 */
export function cookieFirstSessions(
  stored: Persistence,
  sealer: Sealer,
  context: string,
  maxBytes: number,
): Persistence {
  const isForStore = (record: SessionRecord): boolean =>
    record.userId !== undefined || isMoved(record) || Buffer.byteLength(record.data) > maxBytes;

  function seal(id: string, storedToken: string, record: SessionRecord): FirstHeld {
    const { data, ...facts } = record;
    const text = `${JSON.stringify({ token: storedToken, ...facts })}\n${data}`;
    return heldAs(sealer.seal(text, context), id, storedToken, record);
  }

  function heldAs(
    token: string,
    id: string,
    storedToken: string,
    record: SessionRecord,
  ): FirstHeld {
    return { id, token, storedToken, record, version: new SealedVersion(), isSealed: true };
  }

  /** The place of a session in the store, from wherever it is held or located. */
  const inStore = (place: FirstPlace): Place => ({
    id: place.id,
    token: place.storedToken ?? place.token,
  });

  const kept = (held: Held | undefined): FirstHeld | undefined =>
    held && { ...held, storedToken: held.token };

  return {
    isShared: true,
    place: () => stored.place(),
    ...(stored.open && { open: stored.open }),

    locate(token): FirstPlace | 'syntax' | 'signature' | 'seal' {
      const place = stored.locate(token);
      if (typeof place !== 'string') return place;
      const opened = sealer.open(token, context);
      if (opened === undefined) return place === 'syntax' ? 'seal' : place;
      const end = opened.text.indexOf('\n');
      const { token: storedToken, ...facts } = JSON.parse(opened.text.slice(0, end));
      const within = stored.locate(storedToken);
      if (typeof within === 'string') return within;
      const record: SessionRecord = { ...facts, data: opened.text.slice(end + 1) };
      const isPresent = !opened.stale && within.token === storedToken;
      const held = isPresent
        ? heldAs(token, within.id, storedToken, record)
        : seal(within.id, within.token, record);
      return { id: within.id, token, held };
    },

    read: async (place: FirstPlace, budget) =>
      place.held ?? kept(await stored.read(inStore(place), budget)) ?? ownOf(place),

    readStale: async (place: FirstPlace, maxAge, budget) =>
      place.held ?? kept(await stored.readStale?.(inStore(place), maxAge, budget)),

    async create(place, record, budget, mustStore = false) {
      if (!mustStore && !isForStore(record)) return seal(place.id, place.token, record);
      return kept(await stored.create(place, record, budget));
    },

    async update(held, record, budget, mustStore = false) {
      const place = inStore(held);
      if (held.isSealed !== true)
        return kept(await stored.update({ ...held, ...place }, record, budget));
      if (mustStore || isForStore(record)) return kept(await stored.create(place, record, budget));
      // A record means that another request has moved the session, a trace that one has ended it.
      const isThere = (await stored.read(place, budget)) !== undefined;
      return isThere ? undefined : seal(place.id, place.token, record);
    },

    async touch(held, expiresAt, touchedAt, budget) {
      const place = inStore(held);
      if (held.isSealed === true)
        return seal(place.id, place.token, { ...held.record, expiresAt, touchedAt });
      return kept(await stored.touch({ ...held, ...place }, expiresAt, touchedAt, budget));
    },

    async retire(held, trace, budget) {
      if (held.isSealed !== true) return stored.retire(held, trace, budget);
      return (await stored.create(inStore(held), trace, budget)) !== undefined;
    },

    discard: async (id, version, budget) =>
      version instanceof SealedVersion ? undefined : stored.discard(id, version, budget),
  };
}
