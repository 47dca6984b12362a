import express from 'express';

/**
 * The session chapter of OstroJS's documentation, a route for each thing it shows. `start` is the
 * middleware, `helper` the global `session()`.
 *
 * @param {express.RequestHandler} start
 * @param {(key?: any, defaultValue?: unknown) => any} helper
 */
export function createApp(start, helper) {
  const app = express();
  app.use(start);

  // Retrieving data
  route('/cart', ({ session }) => session.get('cartItem'));
  route('/cart-or-empty', ({ session }) => session.get('cartItem', 'empty'));
  route('/cart-or-computed', ({ session }) => session.get('cartItem', () => 'computed'));
  route('/count', ({ session }) => session.get('count', 'none'));
  route('/all', ({ session }) => session.all());

  // The global session helper
  route('/helper', () => helper('cartItem', 'empty'));
  route('/helper-put', () => helper({ cartItem: 'lamp' }));

  // Determining if an item exists
  route('/has', ({ session, query }) => session.has(query.key));
  route('/exists', ({ session, query }) => session.exists(query.key));
  route('/missing', ({ session, query }) => session.missing(query.key));

  // Storing data: via a request instance, and via the session
  route('/put', ({ request }) => request.session.put('cartItem', 'lamp'));
  route('/put-null', ({ session }) => session.put('users', null));
  route('/put-falsy', ({ session }) => session.put({ count: 0, name: '', isMember: false }));
  route('/put-deep', ({ session }) => session.put('user.name', 'Ada'));
  route('/user', ({ session }) => session.get('user.name'));

  // Pushing to lists
  route('/push', ({ session }) => session.push('user.teams', 'developers'));
  route('/teams', ({ session }) => session.get('user.teams'));

  // Retrieving and deleting
  route('/pull', ({ session }) => session.pull('cartItem', 'default'));

  // Incrementing and decrementing
  route('/increment', ({ session }) => session.increment('count'));
  route('/increment-by-two', ({ session }) => session.increment('count', 2));
  route('/decrement', ({ session }) => session.decrement('count'));
  route('/decrement-by-two', ({ session }) => session.decrement('count', 2));

  // Flash data
  route('/flash', ({ session }) => session.flash('status', 'Task was successful!'));
  route('/flash-many', ({ session }) =>
    session.flash({ username: 'ada', email: 'ada@example.com', status: 'Sent' }),
  );
  route('/status', ({ session }) => session.get('status'));
  route('/email', ({ session }) => session.get('email'));
  route('/reflash', ({ session }) => session.reflash());
  route('/keep', ({ session }) => session.keep(['username', 'email']));
  route('/now', ({ session }) => {
    session.now('status', 'Task was successful!');
    return session.get('status');
  });

  // Deleting data
  route('/forget', ({ session }) => session.forget('name'));
  route('/forget-many', ({ session }) => session.forget(['name', 'count', 'cartItem']));
  route('/flush', ({ session }) => session.flush());

  // Regenerating the session id
  route('/regenerate', ({ session }) => session.regenerate());
  route('/invalidate', ({ session }) => session.invalidate());

  app.use(answerError);
  return app;

  /**
   * A route as the chapter writes them: the handler gets the context, and what it returns is the
   * answer.
   *
   * @param {string} path
   * @param {(context: { request: any, session: any, query: any }) => unknown} handler
   */
  function route(path, handler) {
    app.get(path, async (/** @type {any} */ request, response) => {
      const answer = await handler({ request, session: request.session, query: request.query });
      response.json(answer ?? null);
    });
  }
}

/** @type {express.ErrorRequestHandler} */
function answerError(error, _request, response, next) {
  if (response.headersSent) return next(error);
  response.status(error.status ?? error.statusCode ?? 500).json({ error: error.message });
}
