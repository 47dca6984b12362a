import { createContext } from 'react-router';
import { createSessions, type Session } from 'sojourn';
import { memoryStore } from 'sojourn/stores/memory';

interface Data {
  visits: number;
  notice: string;
}

export const sessions = createSessions<Data>({ store: memoryStore() });
export const sessionContext = createContext<Session<Data>>();
