import { createSessions } from 'sojourn';
import { memoryStore } from 'sojourn/stores/memory';

export interface Data {
  visits: number;
  notice: string;
}

export const sessions = createSessions<Data>({ store: memoryStore() });
