import { createSessions } from 'sojourn';
import { sqliteStore } from 'sojourn/stores/sqlite';

interface Data {
  views: number;
}

export const sessions = createSessions<Data>({
  store: sqliteStore({ file: 'data/sessions.sqlite' }),
});
