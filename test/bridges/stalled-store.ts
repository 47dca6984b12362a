import type { SessionStore } from '../../src/index.js';
import { memoryStore } from '../../src/stores/memory.js';

/** A store whose server took the call and never answers. */
export function stalledStore(): SessionStore {
  const stall = (): Promise<never> => new Promise(() => undefined);
  return {
    ...memoryStore(),
    read: stall,
    create: stall,
    update: stall,
    touch: stall,
    destroy: stall,
  };
}
