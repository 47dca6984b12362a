// The application on simpleS's own sessions, kept in a store of Sojourn's.
import { toSimples } from 'sojourn/bridges/simples';
import { memoryStore } from 'sojourn/stores/memory';
import { start } from './app.js';

start((server) => {
  server.session({ enabled: true, store: toSimples(memoryStore()) });
  return (listener) => listener;
});
