import { TIMEOUT } from '../../bridges/connect/contract.js';
import type { Inside } from '../../bridges/connect/to-connect.js';
import { Contention, decodeTrace, type Events, traceRecord } from '../../core/internal.js';
import { tokenId } from '../../keys/token.js';
import { type Budget, budgetOf, withBudgets } from '../../stores/contract/deadline.js';
import { withSharedReads } from '../../stores/contract/shared-reads.js';
import { isMoved, type SessionRecord, type StoredSession } from '../../stores/contract.js';
import { DEAD_FOR, type Found, type Records } from './records.js';

/** The sessions in a store of ours, which compares and writes in one step. */
export function ownRecords(
  { store: opened, open, toRecord, expiresAt, now }: Inside,
  events: Events,
): Records {
  const store = withSharedReads(withBudgets(opened, () => undefined));
  const budget = (): Budget => budgetOf(TIMEOUT);
  const found = (stored: StoredSession): Found => ({
    session: open(stored.record),
    version: stored,
  });

  async function destroy(id: string): Promise<void> {
    const others = new Contention(events, budget());
    for (;;) {
      const stored = await store.read(id, budget());
      if (stored === undefined) return;
      if (!(await store.destroy(id, stored.version, budget()))) {
        await others.refused(tokenId(id));
        continue;
      }
      const successor = successorOf(stored.record);
      if (successor !== undefined) await destroy(successor);
      return;
    }
  }

  return {
    async read(id) {
      const stored = await store.read(id, budget());
      if (stored === undefined) return undefined;
      return isMoved(stored.record) ? 'moved' : found(stored);
    },

    async create(id, session) {
      for (;;) {
        const record = toRecord(session);
        const version = await store.create(id, record, budget());
        if (version !== undefined) return { record, version };
        await store.destroy(id, undefined, budget());
      }
    },

    async update(id, session, version, merge) {
      const others = new Contention(events, budget());
      for (let present = version as StoredSession; ; ) {
        const record = toRecord(session, present.record);
        const written = await store.update(id, record, present.version, budget());
        if (written !== undefined) return { record, version: written };
        const stored = await store.read(id, budget());
        if (stored === undefined || isMoved(stored.record)) return undefined;
        merge(open(stored.record));
        present = stored;
        await others.refused(tokenId(id));
      }
    },

    touch: (id, { cookie }) => store.touch(id, expiresAt(cookie), now(), budget()),
    destroy,

    async move(id, successor) {
      const others = new Contention(events, budget());
      for (;;) {
        const stored = await store.read(id, budget());
        if (stored === undefined) return 'ended';
        if (isMoved(stored.record)) return 'taken';
        const trace = traceRecord(
          stored.record,
          { successor, follow: 'ids', usedAt: 0, commit: '', handle: '' },
          now(),
          now() + DEAD_FOR,
        );
        if ((await store.update(id, trace, stored.version, budget())) !== undefined) return 'moved';
        await others.refused(tokenId(id));
      }
    },

    hasEnded: async (id) => (await store.read(id, budget())) === undefined,

    async rename(id, to) {
      const stored = await store.read(id, budget());
      if (stored === undefined || isMoved(stored.record)) return undefined;
      const version = await store.create(to, stored.record, budget());
      if (version === undefined) {
        const present = await store.read(to, budget());
        return present && !isMoved(present.record) ? found(present) : undefined;
      }
      if (await store.destroy(id, undefined, budget()))
        return found({ record: stored.record, version });
      // Another request did the same, and the session has ended since.
      await store.destroy(to, version, budget());
      return undefined;
    },
  };
}

function successorOf(record: SessionRecord): string | undefined {
  return isMoved(record) ? decodeTrace(record.data)?.successor : undefined;
}
