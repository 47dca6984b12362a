import { Router } from 'express';
import { allHappened, happen } from './events.js';

/** How long a page works between reading the session and writing it, in milliseconds. */
const WORK = 300;

/**
 * @typedef {object} Verbs
 * @property {unknown} middleware
 * @property {(request: import('express').Request) => object} visitor
 * @property {(request: import('express').Request, item: string) => void} add
 * @property {(request: import('express').Request, user: string) => Promise<void>} login
 * @property {(request: import('express').Request) => Promise<void>} logout
 */

/**
 * The shop over the verbs of one library: both libraries get these very routes. `said` in a query
 * is what the request says once its session is read; it goes on when all of `after` was said.
 * @param {Verbs} verbs
 */
export function shopRoutes({ middleware, visitor, add, login, logout }) {
  const routes = Router();
  routes.use(/** @type {import('express').RequestHandler} */ (middleware));

  routes.get('/cart', (request, response) => {
    response.json(visitor(request));
  });

  routes.post('/add', meeting, (request, response) => {
    add(request, String(request.query.item));
    answer(response);
  });

  // A page that takes its time, and notes at the end that it was looked at.
  routes.post('/slow', meeting, (request, response) => {
    add(request, 'postcard');
    answer(response);
  });

  routes.post('/login', meeting, async (request, response) => {
    await login(request, 'ada');
    answer(response);
  });

  routes.post('/logout', meeting, async (request, response) => {
    await logout(request);
    answer(response);
  });
  return routes;
}

/**
 * The session is read. The request waits for the others, then works for a while.
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 * @param {() => void} next
 */
async function meeting({ query }, response, next) {
  response.locals.read = now();
  const { said, after, done } = query;
  if (typeof said === 'string') happen(said);
  if (typeof done === 'string') response.once('finish', () => happen(done));
  if (typeof after === 'string') await allHappened(after.split(','));
  await new Promise((resolve) => setTimeout(resolve, WORK));
  next();
}

/** @param {import('express').Response} response */
function answer(response) {
  response.json({ read: response.locals.read, written: now() });
}

/** On the clock that browsers show as `performance.timeOrigin + performance.now()`. */
function now() {
  return performance.timeOrigin + performance.now();
}
