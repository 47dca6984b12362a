import { request } from 'node:http';

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {any} body
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string[]} lines Its `Set-Cookie` lines.
 */

/** A browser with one cookie jar, as seen by a server behind a proxy that ends TLS. */
export class Browser {
  #origin;
  /** @type {Map<string, string>} */
  cookies;

  /** @param {string} origin @param {ReadonlyMap<string, string>} [cookies] */
  constructor(origin, cookies = new Map()) {
    this.#origin = origin;
    this.cookies = new Map(cookies);
  }

  /** Another browser with the cookies of this moment. */
  copy() {
    return new Browser(this.#origin, this.cookies);
  }

  /** The value of each cookie. */
  get values() {
    return [...this.cookies.values()];
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} [headers]
   * @param {string} [method]
   * @returns {Promise<Reply>}
   */
  send(path, headers = {}, method = 'POST') {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#origin + path,
        {
          method,
          headers: {
            host: 'shop.example',
            'x-forwarded-proto': 'https',
            'x-forwarded-for': '203.0.113.7',
            origin: 'https://shop.example',
            'sec-fetch-site': 'same-origin',
            'content-length': '0',
            ...(cookie === '' ? {} : { cookie }),
            ...headers,
          },
        },
        (incoming) => {
          const lines = incoming.headers['set-cookie'] ?? [];
          for (const line of lines) this.#keep(line);
          let text = '';
          incoming.setEncoding('utf8');
          incoming.on('data', (chunk) => {
            text += chunk;
          });
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              body: parsed(text),
              headers: incoming.headers,
              lines,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.setTimeout(10_000, () => sent.destroy(new Error(`No answer at ${path}.`)));
      sent.end();
    });
  }

  /** Who is logged in. @returns {Promise<string | null>} */
  async user() {
    return (await this.send('/show', {}, 'GET')).body?.user ?? null;
  }

  /** @param {string} line */
  #keep(line) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(name.length + 1);
    const isOver = attributes.some((attribute) => {
      const [key = '', text = ''] = attribute.split('=');
      if (/^max-age$/i.test(key)) return Number(text) <= 0;
      return /^expires$/i.test(key) && Date.parse(text) <= Date.now();
    });
    if (isOver || value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
