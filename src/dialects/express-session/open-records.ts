import type { AnyConnectStore } from '../../bridges/connect/contract.js';
import { insideOf } from '../../bridges/connect/to-connect.js';
import type { Events } from '../../core/internal.js';
import { tokenId } from '../../keys/token.js';
import { foreignRecords } from './foreign-records.js';
import { ownRecords } from './own-records.js';
import type { Records } from './records.js';

/**
 * Whether the store gets ids or their hashes. `'moving'` also renames sessions that are stored
 * under their id.
 */
export type HashIds = boolean | 'moving';

/**
 * The SHA-256 of an id in base64url, which the store has instead of the id with the option
 * `hashIds`. Nobody can take over a session with it.
 */
export const hashId: (id: string) => string = tokenId;

/**
 * The sessions of a store: with all promises when a store of ours is inside, within this process
 * otherwise.
 */
export function openRecords(store: AnyConnectStore, events: Events, hashIds: HashIds): Records {
  const inside = insideOf(store);
  const records = inside === undefined ? foreignRecords(store) : ownRecords(inside, events);
  return hashIds === false ? records : hashed(records, hashIds === 'moving');
}

function hashed(records: Records, isMoving: boolean): Records {
  const { touch } = records;
  return {
    ...records,

    async read(id) {
      const key = hashId(id);
      const found = await records.read(key);
      return found === undefined && isMoving ? records.rename(id, key) : found;
    },

    create: (id, session) => records.create(hashId(id), session),
    update: (id, session, version, merge) => records.update(hashId(id), session, version, merge),
    ...(touch && { touch: (id, session) => touch(hashId(id), session) }),

    async destroy(id) {
      await records.destroy(hashId(id));
      if (isMoving) await records.destroy(id);
    },

    move: (id, successor) => records.move(hashId(id), hashId(successor)),
    hasEnded: (id) => records.hasEnded(hashId(id)),
  };
}
