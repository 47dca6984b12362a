// `node examples/cookie-session/server.js`; listens on PORT, by default 3000. The import is the
// line that changes.
import cookieSession from 'sojourn/cookie-session';
import { createApp } from './app.js';

const server = createApp(cookieSession).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    console.log(`Listening on http://localhost:${port}`);
  },
);
