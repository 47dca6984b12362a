import { hash, randomBytes } from 'node:crypto';
import { plainVerbs } from './verbs.js';

/** @import { ConnectSystem } from './types.js' */

/**
 * The least that anybody could write by hand and still call a session: a random token in a cookie,
 * its hash as the key of a Map, JSON compared before it is stored. No deadlines, no touch, no
 * locks, no checks.
 * @returns {ConnectSystem}
 */
export function handWritten() {
  /** @type {Map<string, string>} */
  const sessions = new Map();
  return {
    ...plainVerbs,
    middleware(request, response, next) {
      const token = /(?:^|; )sid=([\w-]{43})/.exec(request.headers.cookie ?? '')?.[1];
      const key = token && hash('sha256', token, 'base64url');
      const text = key && sessions.get(key);
      request.session = text === undefined || text === '' ? {} : JSON.parse(text);
      const end = response.end;
      response.end = (/** @type {unknown[]} */ ...parameters) => {
        const changed = JSON.stringify(request.session);
        if (changed !== (text ?? '{}')) save(changed);
        return end.apply(response, parameters);
      };
      next();

      /** @param {string} changed */
      function save(changed) {
        if (text !== undefined && key) return sessions.set(key, changed);
        const fresh = randomBytes(32).toString('base64url');
        response.setHeader('Set-Cookie', `sid=${fresh}; Path=/; HttpOnly; SameSite=Lax`);
        return sessions.set(hash('sha256', fresh, 'base64url'), changed);
      }
    },
  };
}
