import type { SessionStore, StoredSession } from '../contract.js';

interface Line {
  readonly running: Promise<StoredSession | undefined>;
  /** The read that begins when the running one has ended, shared by all who asked meanwhile. */
  next: Promise<StoredSession | undefined> | undefined;
}

/**
 * The store with at most one read of an id under way, however many ask. Who asks while one is
 * running gets the next one: a write that was acknowledged before somebody asked is in what they
 * get. A read that fails takes the one that waits for it along, so that nobody waits for one
 * deadline after the other on a store that stalls.
 */
export function withSharedReads(store: SessionStore): SessionStore {
  const lines = new Map<string, Line>();

  function begin(id: string): Promise<StoredSession | undefined> {
    const line: Line = { running: store.read(id), next: undefined };
    lines.set(id, line);
    line.running.then(
      () => {
        if (line.next === undefined) lines.delete(id);
      },
      () => lines.delete(id),
    );
    return line.running;
  }

  return {
    ...store,
    read(id) {
      const line = lines.get(id);
      if (line === undefined) return begin(id);
      line.next ??= line.running.then(() => begin(id));
      return line.next;
    },
  };
}
