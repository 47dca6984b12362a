import { Contention, createEvents } from '../../core/internal.js';
import { budgetOf } from '../../stores/contract/deadline.js';

/** How long a write is tried again, in milliseconds. */
const PATIENCE = 5000;

/** Nobody listens: the framework has no word for a conflict. */
const events = createEvents();

/**
 * Writes again until no other process wrote in between, which `tryWrite` tells with `false`.
 * @throws `conflict` when others are faster for too long.
 */
export async function untilWritten(id: string, tryWrite: () => Promise<boolean>): Promise<void> {
  const others = new Contention(events, budgetOf(PATIENCE));
  while (!(await tryWrite())) await others.refused(id);
}
