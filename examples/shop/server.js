// A small shop on Sojourn and Express. Start here, then read sessions.js and app.js.
import { app } from './app.js';
import { place, sessions } from './sessions.js';

const port = Number(process.env.PORT || 3000);
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  fail(`PORT is ${process.env.PORT}. Give a number from 1 to 65535, or 0 for any free port.`);

// This machine only: the shop shows its demo password, and the latest responses to everybody.
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error === undefined) welcome();
  else if ('code' in error && error.code === 'EADDRINUSE')
    fail(
      `Port ${port} is in use. Stop what uses it, or set PORT to another number, or to 0 for any free port.`,
    );
  else throw error;
});

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);

const sweep = setInterval(
  () => sessions.prune().catch((error) => process.emitWarning(error)),
  10 * 60_000,
);
sweep.unref();

function welcome() {
  const address = server.address();
  const url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : port}`;
  console.log(`
  Wayside, a demo shop on Sojourn

  Open      ${url}/compare, the same shop on express-session and on Sojourn
  The shop  ${url}
  Sessions  ${place}
  Stop      Ctrl+C; carts and logins are still there after the next start
`);
}

function stop() {
  server.close(() => sessions.close());
  // Connections that browsers keep open in advance would keep the process alive.
  setTimeout(() => server.closeAllConnections(), 2000).unref();
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
