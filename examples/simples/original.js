// The application as it was: simpleS keeps its sessions in the store of four functions.
import simples from 'simples';
import { start } from './app.js';
import { implementation } from './store.js';

start((server) => {
  const store = simples.store(implementation);
  server.session({ enabled: true, store });
  return (listener) => listener;
});
