import express from 'express';

/**
 * Views of each page, and a login: what the readme of express-session shows. The login gets a new
 * id, so that one planted before is worth nothing.
 * @param {typeof import('sojourn/express-session').default} session
 */
export function createApp(session) {
  const app = express();
  app.use(
    session({
      secret: 'keyboard cat',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 60 * 60 * 1000 },
    }),
  );

  app.get('/views/:page', (req, res) => {
    const { page } = req.params;
    req.session.views ??= {};
    req.session.views[page] = (req.session.views[page] ?? 0) + 1;
    res.send(`You viewed this page ${req.session.views[page]} times`);
  });

  app.get('/', (req, res) => {
    if (req.session.user === undefined) {
      res.send(
        '<form action="/login" method="post">Name: <input name="user"> <button>Login</button></form>',
      );
    } else {
      res.send(`Hello, ${escapeHtml(String(req.session.user))}! <a href="/logout">Logout</a>`);
    }
  });

  app.post('/login', express.urlencoded({ extended: false }), (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.user = req.body.user;
      req.session.save((failure) => {
        if (failure) return next(failure);
        res.redirect('/');
      });
    });
  });

  app.get('/logout', (req, res, next) => {
    req.session.user = null;
    req.session.save((error) => {
      if (error) return next(error);
      req.session.regenerate((failure) => {
        if (failure) return next(failure);
        res.redirect('/');
      });
    });
  });

  app.post('/forget', (req, res, next) => {
    req.session.destroy((error) => {
      if (error) return next(error);
      res.send(typeof req.session);
    });
  });
  return app;
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
