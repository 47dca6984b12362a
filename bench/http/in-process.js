import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

/** @import { RequestListener } from 'node:http' */

/** What a request and a response of node:http ask of a socket; what is written goes nowhere. */
class Sink extends Writable {
  remoteAddress = '127.0.0.1';

  /**
   * @override
   * @param {unknown} _chunk
   * @param {string} _encoding
   * @param {() => void} done
   */
  _write(_chunk, _encoding, done) {
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
   * One request, from the call of the listener until its response is written.
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
    listener(request, response);
    await finished;
    response.detachSocket(socket);
    return response;
  };
}

/**
 * The `Cookie` header that a client sends back. @param {readonly string[]} lines of `Set-Cookie`
 */
export function cookieOf(lines) {
  return lines.map((line) => line.split(';', 1)[0]).join('; ');
}
