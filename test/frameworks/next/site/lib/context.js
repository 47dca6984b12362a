import { AsyncLocalStorage } from 'node:async_hooks';
import { createSessions } from 'sojourn';
import { memoryStore } from 'sojourn/stores/memory';

/** Next has more than one copy of this module. */
globalThis.sojournTest ??= new AsyncLocalStorage();

const whileNextBuilds = { sessions: createSessions({ store: memoryStore({ warn: false }) }) };

/** What the test gives to each request: sessions, and the handler of the suite. */
export function context() {
  return globalThis.sojournTest.getStore() ?? whileNextBuilds;
}
