import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Lets one browser in: the one that opens the address first. */
export interface Gate {
  /** The address for the operator. It works once. */
  readonly url: string;
  /** Where the dashboard is. No other server on this machine gets a cookie for this path. */
  readonly basePath: string;
  /** Answers the requests that are not for the dashboard. */
  answers(request: IncomingMessage, response: ServerResponse): boolean;
  isOperator(cookies: string | null): boolean;
}

const COOKIE = 'sojourn-dashboard';

/** @param place The host and port of the server. */
export function createGate(place: string): Gate {
  const basePath = `/${random()}`;
  const secret = random();
  let key: string | undefined = random();
  const entrance = `${basePath}/enter?key=`;

  return {
    url: `http://${place}${entrance}${key}`,
    basePath,

    answers({ method, url = '', headers: { host } }, response) {
      // A foreign name that leads to this machine is an attempt of another site to get in.
      if (host !== place) {
        response.writeHead(421, { 'Cache-Control': 'no-store' }).end();
        return true;
      }
      if (!url.startsWith(entrance)) return false;
      if (method !== 'GET' || key === undefined || !isSame(url.slice(entrance.length), key)) {
        response.writeHead(403, { 'Cache-Control': 'no-store' });
        response.end('This address was used already, or is wrong. Start the dashboard again.\n');
        return true;
      }
      key = undefined;
      response.writeHead(303, {
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'Set-Cookie': `${COOKIE}=${secret}; Path=${basePath}; HttpOnly; SameSite=Strict`,
        Location: `${basePath}/sessions`,
      });
      response.end();
      return true;
    },

    isOperator: (cookies) =>
      (cookies ?? '')
        .split(';')
        .map((cookie) => cookie.trim().split('='))
        .some(([name, value = '']) => name === COOKIE && isSame(value, secret)),
  };
}

function random(): string {
  return randomBytes(24).toString('base64url');
}

function isSame(given: string, own: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(own));
}
