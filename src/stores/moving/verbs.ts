import { isMoved, type SessionRecord, type SessionStore } from '../contract.js';
import { isReservation } from './marks.js';
import { AGAIN, carry, locate, type Pair, persist } from './passage.js';
import { PAST, versionPlace, versionText } from './versions.js';

/** The five verbs over two stores. With `isMoving`, what is written goes to `to`. */
export function movingVerbs(
  pair: Pair,
  isMoving: boolean,
  now: () => number,
): Pick<SessionStore<string>, 'read' | 'create' | 'update' | 'touch' | 'destroy'> {
  const { from, to } = pair;

  return {
    async read(id) {
      const found = await locate(pair, id);
      return found && { record: found.record, version: versionText(found) };
    },

    async create(id, record) {
      if ((await locate(pair, id)) !== undefined) return undefined;
      const side = isMoving ? 'to' : 'from';
      const version = await put(pair[side], id, record);
      return version === undefined ? undefined : versionText({ side, version });
    },

    async update(id, record, version) {
      const place = versionPlace(version);
      if (place === undefined) return undefined;
      const { side } = place;
      if (side === 'from' && isMoving && record.expiresAt > now())
        return carried(id, record, place.version);
      const next = await pair[side].update(id, record, place.version);
      return next === undefined ? undefined : versionText({ side, version: next });
    },

    async touch(id, expiresAt, touchedAt) {
      if (await from.touch(id, expiresAt, touchedAt)) {
        // Nobody reads the session to move it before its place is there.
        if ((await to.read(id)) === undefined) return true;
      } else if (await to.touch(id, expiresAt, touchedAt)) return true;
      return persist(async () => {
        const found = await locate(pair, id);
        if (found === undefined || isMoved(found.record)) return false;
        if (found.side === 'to') return (await to.touch(id, expiresAt, touchedAt)) || AGAIN;
        const { record, version } = found;
        const touched = {
          ...record,
          expiresAt: Math.max(record.expiresAt, expiresAt),
          touchedAt: Math.max(record.touchedAt, touchedAt),
        };
        // A new version: who has read the session to move it begins again.
        return (await from.update(id, touched, version)) === undefined ? AGAIN : true;
      });
    },

    async destroy(id, version) {
      if (version !== undefined) {
        const place = versionPlace(version);
        return place !== undefined && pair[place.side].destroy(id, place.version);
      }
      return persist(async () => {
        const found = await locate(pair, id);
        if (found === undefined) return false;
        // In its version: the mark of a session that moves must not be destroyed.
        return (await pair[found.side].destroy(id, found.version)) || AGAIN;
      });
    },
  };

  /** The version in `to` of a record that was written to `from`. */
  async function carried(
    id: string,
    record: SessionRecord,
    version: unknown,
  ): Promise<string | undefined> {
    const arrived = await carry(pair, id, record, version);
    if (arrived === 'refused') return undefined;
    // Others may have changed it since.
    return arrived !== undefined && isSameSession(arrived.record, record)
      ? versionText({ side: 'to', version: arrived.version })
      : PAST;
  }
}

/** Creates a record, also in a place that a move kept free and forgot. */
async function put(store: SessionStore, id: string, record: SessionRecord): Promise<unknown> {
  const version = await store.create(id, record);
  if (version !== undefined) return version;
  const found = await store.read(id);
  if (found === undefined || !isReservation(found.record)) return undefined;
  return store.update(id, record, found.version);
}

/** Whether two records differ in the times of a touch at most. */
function isSameSession(one: SessionRecord, other: SessionRecord): boolean {
  return (
    one.data === other.data &&
    one.createdAt === other.createdAt &&
    one.userId === other.userId &&
    one.ipAddress === other.ipAddress &&
    one.userAgent === other.userAgent
  );
}
