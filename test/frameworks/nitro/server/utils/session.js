import { createSessions } from 'sojourn';
import { getSession } from 'sojourn/h3v1';
import { memoryStore } from 'sojourn/stores/memory';

export const store = memoryStore();
export const sessions = createSessions({ store });

/** The visitor's session, in every route. */
export function useVisitorSession(event) {
  return getSession(event);
}
