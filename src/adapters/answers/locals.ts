import type { DefaultData, Session } from '../../core/session.js';

/** What `locals` holds in Astro and SvelteKit: `interface Locals extends SessionLocals<Data> {}`. */
export interface SessionLocals<Data extends object = DefaultData> {
  session: Session<Data>;
}
