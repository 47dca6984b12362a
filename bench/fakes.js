/** A request without a socket. */
export class FakeRequest {
  method = 'GET';
  url = '/';
  originalUrl = '/';
  socket = { remoteAddress: '127.0.0.1' };
  connection = this.socket;
  /** @type {Record<string, string>} */
  headers;

  /** @param {string | undefined} cookie */
  constructor(cookie) {
    this.headers = cookie === undefined ? { host: 'localhost' } : { host: 'localhost', cookie };
  }
}

/** A response without a socket: keeps its headers, and calls `onEnd` when it ends. */
export class FakeResponse {
  statusCode = 200;
  headersSent = false;
  /** As ServerResponse: whether the head is out. */
  _header = false;
  /** @type {Map<string, any>} */
  headers = new Map();
  onEnd = () => undefined;

  /** @param {string} name */
  getHeader(name) {
    return this.headers.get(name.toLowerCase());
  }

  /** @param {string} name @param {unknown} value */
  setHeader(name, value) {
    this.headers.set(name.toLowerCase(), value);
    return this;
  }

  /** @param {number} status */
  writeHead(status) {
    this.statusCode = status;
    this.headersSent = true;
    this._header = true;
    return this;
  }

  _implicitHeader() {
    this.writeHead(this.statusCode);
  }

  write() {
    return true;
  }

  end() {
    if (!this.headersSent) this._implicitHeader();
    this.onEnd();
    return this;
  }

  /** The `Cookie` header that a client sends back. */
  get cookie() {
    return [this.getHeader('set-cookie') ?? []]
      .flat()
      .map((/** @type {string} */ line) => line.split(';', 1)[0])
      .join('; ');
  }
}
