import { contention } from '../../core/contention.js';
import { createEvents } from '../../core/events.js';

/** Nobody listens: the framework has no word for a conflict. */
const events = createEvents();

/**
 * Writes again until no other process wrote in between, which `tryWrite` tells with `false`.
 * @throws `conflict` when others are faster for too long.
 */
export async function untilWritten(id: string, tryWrite: () => Promise<boolean>): Promise<void> {
  const yieldTo = contention(events);
  while (!(await tryWrite())) await yieldTo(id);
}
