import { MongoClient } from 'mongodb';
import { extend, session, startSession } from 'sojourn/ostro';
import { createApp } from './app.js';
import config from './config/session.js';
import { SessionServiceProvider } from './session-service-provider.js';

const client = new MongoClient(process.env.MONGODB_URL || 'mongodb://127.0.0.1:27017/ostro');
new SessionServiceProvider({ session: { extend }, db: client.db() }).boot();

const start = startSession(config);
await start.open();
const server = createApp(start, session).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const address = server.address();
    console.log(
      `The session chapter answers on http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`,
    );
  },
);

process.once('SIGTERM', stop).once('SIGINT', stop);

function stop() {
  server.closeAllConnections();
  server.close(async () => {
    await start.close();
    await client.close();
  });
}
