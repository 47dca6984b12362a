import type { H3Event } from 'h3';
import { createSessions, type Session } from 'sojourn';
import { getSession } from 'sojourn/h3v1';
import { memoryStore } from 'sojourn/stores/memory';

interface Data {
  visits: number;
  notice: string;
}

export const sessions = createSessions<Data>({ store: memoryStore() });

export function useVisitorSession(event: H3Event): Session<Data> {
  return getSession<Data>(event);
}
