import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * A keep-alive connection that has one request on its way at a time, and the cookies of its
 * visitor.
 */
export class Client {
  /** @type {import('node:net').Socket} */
  #socket;
  #host;
  #cookies;
  #received = '';
  /** @type {((head: string) => void) | undefined} */
  #answer;
  /** @type {((error: Error) => void) | undefined} */
  #fail;

  /**
   * @param {import('node:net').Socket} socket @param {number} port @param {Map<string, string>}
   * cookies
   */
  constructor(socket, port, cookies) {
    this.#socket = socket.setNoDelay().setEncoding('latin1');
    this.#cookies = cookies;
    this.#host = `127.0.0.1:${port}`;
    socket.on('data', (text) => this.#receive(String(text)));
    socket.on('close', () => this.#fail?.(new Error('The server closed the connection')));
    socket.on('error', (error) => this.#fail?.(error));
  }

  /**
   * @param {number} port
   * @param {Map<string, string>} cookies of a visitor with several connections
   */
  static async open(port, cookies = new Map()) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Client(socket, port, cookies);
  }

  /**
   * Requests a path; with `remember` as a visitor who sends and keeps cookies, else as one who
   * comes for the first time.
   * @param {string} path
   * @param {{ remember: boolean }} options
   */
  async get(path, { remember }) {
    const cookies = remember ? [...this.#cookies].map((pair) => pair.join('=')).join('; ') : '';
    const head = await /** @type {Promise<string>} */ (
      new Promise((resolve, reject) => {
        if (this.#socket.destroyed) throw new Error('The server closed the connection');
        this.#answer = resolve;
        this.#fail = reject;
        this.#socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${cookies && `Cookie: ${cookies}\r\n`}\r\n`,
        );
      })
    );
    if (!head.startsWith('HTTP/1.1 200 '))
      throw new Error(`${path} was answered with ${head.split('\r\n', 1)[0]}`);
    if (remember) this.#keepCookies(head);
  }

  /** @param {string} name @param {string} value */
  setCookie(name, value) {
    this.#cookies.set(name, value);
  }

  get hasCookies() {
    return this.#cookies.size > 0;
  }

  close() {
    this.#fail = undefined;
    this.#socket.destroy();
  }

  /** @param {string} text */
  #receive(text) {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#received.slice(0, end);
    const length = Number(/\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length))
      return this.#fail?.(new Error(`This client needs a Content-Length: ${head}`));
    if (this.#received.length < end + 4 + length) return;
    this.#received = '';
    this.#answer?.(head);
  }

  /** @param {string} head */
  #keepCookies(head) {
    for (const [, name = '', value = ''] of head.matchAll(/\r\nset-cookie: ([^=]+)=([^;\r]*)/gi))
      this.#cookies.set(name, value);
  }
}
