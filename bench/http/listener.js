import express from 'express';
import { sampleData } from '../data.js';
import { BARE } from '../measure.js';

/** @import { IncomingMessage, RequestListener, ServerResponse } from 'node:http' */
/** @import { ConnectSystem } from '../systems/types.js' */

/**
 * What a request does, and whether it comes with the cookies of its visitor. Its path is the name
 * of its action; `/start` fills the session of a visitor whom later requests remember.
 */
export const ACTIONS = [
  { action: 'untouched', remember: false },
  { action: 'read', remember: true },
  { action: 'write', remember: true },
  { action: 'new', remember: false },
];

/**
 * An application that answers every path with `ok`.
 * @param {string} framework `node` or `express`
 * @param {string} name of the system
 * @param {ConnectSystem} system
 * @returns {RequestListener}
 */
export function listenerOf(framework, name, system) {
  const acts = actsOf(system);
  return framework === 'express'
    ? expressListener(acts, name === BARE ? undefined : system.middleware)
    : nodeListener(acts, system);
}

/**
 * What requests do, by path.
 * @param {import('../systems/verbs.js').Verbs} system
 * @returns {Record<string, (session: any) => unknown>}
 */
export function actsOf(system) {
  const start = (/** @type {any} */ session) => system.start(session, sampleData());
  return {
    '/start': start,
    '/untouched': () => undefined,
    '/read': system.read,
    '/write': system.write,
    '/new': start,
  };
}

/**
 * @param {ReturnType<typeof actsOf>} acts
 * @param {ConnectSystem['middleware'] | undefined} middleware
 * @returns {RequestListener}
 */
function expressListener(acts, middleware) {
  const application = express();
  if (middleware !== undefined) application.use(/** @type {any} */ (middleware));
  for (const [path, act] of Object.entries(acts)) {
    application.get(path, (/** @type {any} */ request, response) => {
      act(request.session);
      response.send('ok');
    });
  }
  return application;
}

/**
 * @param {ReturnType<typeof actsOf>} acts @param {ConnectSystem} system @returns {RequestListener}
 */
function nodeListener(acts, { listener, middleware }) {
  if (listener !== undefined) return listener(answer);
  return (/** @type {any} */ request, response) => {
    middleware(request, response, () => answer(request, response, request.session));
  };

  /** @param {IncomingMessage} request @param {ServerResponse} response @param {any} session */
  function answer(request, response, session) {
    const acted = acts[request.url ?? '']?.(session);
    // Some store at once, and must have done so before the answer.
    if (acted instanceof Promise) return acted.then(() => end(response));
    end(response);
  }
}

/** @param {ServerResponse} response */
function end(response) {
  response.setHeader('Content-Type', 'text/plain');
  // Some would answer in chunks without it.
  response.setHeader('Content-Length', 2);
  response.end('ok');
}
