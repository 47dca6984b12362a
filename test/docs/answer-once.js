// Loaded before a block runs: a server that it starts gets a free port of this machine and one `GET
// /`, so that what it serves is seen and the block ends.
import { get } from 'node:http';
import { Server } from 'node:net';

const { listen } = Server.prototype;

Server.prototype.listen = function (...parameters) {
  const listener = parameters.find((parameter) => typeof parameter === 'function');
  this.once('listening', () => {
    const address = this.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    get(
      { port: address.port, host: '127.0.0.1', headers: { Host: 'localhost' }, agent: false },
      ({ statusCode = 500 }) => {
        if (statusCode >= 500) throw new Error(`GET / was answered with ${statusCode}.`);
      },
    );
  });
  return listen.call(this, { port: 0, host: '127.0.0.1' }, listener).unref();
};
