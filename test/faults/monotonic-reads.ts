import { createSessions } from '../../src/index.js';
import type { SessionStore } from '../../src/stores/contract.js';
import { Visitor } from '../visitor.js';
import { range } from './store-under-fault.js';

interface Data {
  count: number;
}

export interface ReadHistory {
  /** What a reader saw that it must not have seen. */
  readonly violations: readonly string[];
  readonly reads: number;
  /** How many increments were acknowledged while the readers read. */
  readonly writes: number;
}

const READERS_EACH = 2;

/**
 * One session whose number one writer for each instance increments, while readers on each instance
 * look at it. A read must show all that was acknowledged before it began, and no less than what its
 * reader saw before.
 * @param instances Stores on the same records.
 * @param reads How many in all.
 */
export async function watchReads(
  instances: readonly SessionStore[],
  reads: number,
): Promise<ReadHistory> {
  const all = instances.map((store) => createSessions<Data>({ store, storeTimeout: '20s' }));
  const creator = new Visitor(all[0]!);
  await creator.visit((session) => session.set('count', 0));
  const visitors = (): Visitor<Data>[] =>
    all.map((sessions) => new Visitor(sessions, creator.cookie));

  const violations: string[] = [];
  let begun = 0;
  let writes = 0;
  let isOver = false;

  async function write(writer: Visitor<Data>): Promise<void> {
    while (!isOver) {
      await writer.visit((session) => session.increment('count'));
      writes++;
    }
  }

  async function read(reader: Visitor<Data>, name: string): Promise<void> {
    let seen = 0;
    while (begun < reads) {
      begun++;
      const acknowledged = writes;
      const count = (await reader.open()).get('count', -1);
      if (count < acknowledged) violations.push(`${name}: ${count} after ${acknowledged} writes`);
      if (count < seen) violations.push(`${name}: ${count} after it saw ${seen}`);
      seen = count;
    }
  }

  const writing = Promise.all(visitors().map(write));
  const readers = range(READERS_EACH).flatMap(visitors);
  const reading = readers.map((reader, index) => read(reader, `reader ${index}`));
  await Promise.race([Promise.all(reading), writing]).finally(() => {
    isOver = true;
  });
  await writing;
  return { violations, reads: begun, writes };
}
