import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

/** @import { RequestListener } from 'node:http' */

/** What a request and a response of node:http ask of a socket; the last that is written is kept. */
class Sink extends Writable {
  remoteAddress = '127.0.0.1';
  /** @type {Buffer | undefined} */
  written;

  /**
   * @override
   * @param {Buffer} chunk
   * @param {string} _encoding
   * @param {() => void} done
   */
  _write(chunk, _encoding, done) {
    this.written ??= chunk;
    done();
  }
}

/**
 * Connections that a listener is called over without a server: requests and responses are those of
 * node:http, the socket is not.
 * @param {RequestListener} listener
 */
export function inProcess(listener) {
  const socket = /** @type {any} */ (new Sink());

  /**
   * One request, from the call of the listener until its response is written. `cookies` are read
   * from what was written: Fastify gives its headers to writeHead, so getHeader knows none.
   * @param {string} path
   * @param {string | undefined} cookie
   */
  return async function request(path, cookie) {
    const request = new IncomingMessage(socket);
    request.method = 'GET';
    request.url = path;
    request.httpVersion = '1.1';
    request.httpVersionMajor = 1;
    request.httpVersionMinor = 1;
    request.headers = cookie === undefined ? { host: 'localhost' } : { host: 'localhost', cookie };
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    const finished = once(response, 'finish');
    socket.written = undefined;
    listener(request, response);
    await finished;
    response.detachSocket(socket);
    const { statusCode } = response;
    return { statusCode, cookies: () => setCookiesIn(socket.written) };
  };
}

/** @param {Buffer | undefined} written */
function setCookiesIn(written) {
  const head = written?.toString('latin1') ?? '';
  return [...head.matchAll(/^set-cookie: (.*)\r$/gim)].map(([, line = '']) => line);
}

/**
 * The `Cookie` header that a client sends back. @param {readonly string[]} lines of `Set-Cookie`
 */
export function cookieOf(lines) {
  return lines.map((line) => line.split(';', 1)[0]).join('; ');
}
