import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';

/**
 * Pages to compare what sessions do beyond the chapter, on whatever `start` puts on the request.
 *
 * @param {express.RequestHandler} start
 */
export function createPages(start) {
  const app = express();
  /** @type {(() => void)[]} */
  let waiting = [];
  app.use(start);

  app.get('/put/:key/:value', (/** @type {any} */ request, response) => {
    request.session.put(request.params.key, request.params.value);
    response.json(null);
  });
  app.get('/get/:key', (/** @type {any} */ request, response) => {
    response.json(request.session.get(request.params.key));
  });
  // Calls verbs, each with its parameters, as `verbs` lists them in JSON. The answer is what the
  // last one returns.
  app.get('/call', (/** @type {any} */ { session, query }, response) => {
    let answer;
    for (const [verb, ...parameters] of JSON.parse(query.verbs))
      answer = session[verb](...parameters);
    response.json(answer ?? null);
  });
  app.get('/save/:key/:value', (/** @type {any} */ { session, params }, response) => {
    session.put(params.key, params.value);
    session.save((/** @type {unknown} */ error) => response.json(error ?? null));
  });
  app.get('/existed', (/** @type {any} */ { session }, response) => {
    response.json(session.existed);
  });
  // Answers only when two requests are here, so that both have read their session before either is
  // stored.
  app.get('/with-another/put/:key/:value', async (/** @type {any} */ request, response) => {
    await /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length < 2) return;
        for (const go of waiting) go();
        waiting = [];
      })
    );
    request.session.put(request.params.key, request.params.value);
    response.json(null);
  });
  app.get('/not-found/put/:key/:value', (/** @type {any} */ request, response) => {
    request.session.put(request.params.key, request.params.value);
    response.status(404).json(null);
  });
  app.get('/wait', async (_request, response) => {
    await wait(2);
    response.json(null);
  });
  app.use(answerError);
  return app;
}

/** @type {express.ErrorRequestHandler} */
function answerError(error, _request, response, next) {
  if (response.headersSent) return next(error);
  response.status(error.status ?? error.statusCode ?? 500).json({ error: error.message });
}
