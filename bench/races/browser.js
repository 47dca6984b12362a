import { request } from 'node:http';

/** @typedef {{ status: number, body: any }} Answer */

/**
 * A visitor with one cookie jar and any number of tabs, which turns to the given servers one after
 * the other.
 */
export class Browser {
  #origins;
  #agent;
  #cookies;
  #requests = 0;

  /**
   * @param {readonly string[]} origins
   * @param {import('node:http').Agent} agent
   * @param {ReadonlyMap<string, string>} [cookies]
   */
  constructor(origins, agent, cookies = new Map()) {
    this.#origins = origins;
    this.#agent = agent;
    this.#cookies = new Map(cookies);
  }

  /**
   * Another visitor with the cookies that this one has now, as after a theft; or with others.
   * @param {ReadonlyMap<string, string>} [cookies]
   */
  copy(cookies = this.#cookies) {
    return new Browser(this.#origins, this.#agent, cookies);
  }

  /** The cookies that it has now. @returns {ReadonlyMap<string, string>} */
  cookies() {
    return new Map(this.#cookies);
  }

  /**
   * Cookies are stored as the heads of the answers arrive, so that the last one wins.
   * @param {string} path
   * @param {ReadonlyMap<string, string>} [cookies] Of a request that left earlier. Default: those
   * that the browser has now.
   * @returns {Promise<Answer>}
   */
  get(path, cookies = this.#cookies) {
    const origin = this.#origins[this.#requests++ % this.#origins.length];
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const outgoing = request(
        origin + path,
        { agent: this.#agent, headers: cookie === '' ? {} : { cookie } },
        (incoming) => {
          for (const line of incoming.headers['set-cookie'] ?? []) this.#keep(line);
          let text = '';
          incoming.setEncoding('utf8');
          incoming.on('data', (chunk) => {
            text += chunk;
          });
          incoming.on('error', reject);
          incoming.on('end', () => {
            const status = incoming.statusCode ?? 0;
            resolve({ status, body: status === 200 ? JSON.parse(text) : text });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  /**
   * Loopback counts as secure for browsers, so `Secure` is no hindrance; all paths and hosts here
   * are the same. @param {string} line
   */
  #keep(line) {
    const [pair = '', ...attributes] = line.split(/; */);
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    if (attributes.some(isOver)) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(equals + 1));
  }
}

/** @param {string} attribute */
function isOver(attribute) {
  const [name = '', value = ''] = attribute.split('=');
  if (/^max-age$/i.test(name)) return Number(value) <= 0;
  return /^expires$/i.test(name) && Date.parse(value) <= Date.now();
}
