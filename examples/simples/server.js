// The application on Sojourn, with the same store of four functions.
import { sessionMiddleware, sessionSocket, simplesSessions, store } from 'sojourn/simples';
import { start } from './app.js';
import { implementation } from './store.js';

start((server) => {
  const sessions = simplesSessions({ store: store(implementation) });
  server.use(sessionMiddleware(sessions));
  return (listener) => sessionSocket(sessions, listener);
});
