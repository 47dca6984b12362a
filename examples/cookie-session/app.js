import express from 'express';

/**
 * Views, a choice of how long to be remembered, and a logout: what the readme of cookie-session
 * shows. The second key is last year's: cookies that it signed are accepted.
 * @param {typeof import('sojourn/cookie-session').default} cookieSession
 */
export function createApp(cookieSession) {
  const app = express();
  app.use(
    cookieSession({
      name: 'session',
      keys: ['key of this year', 'key of last year'],
      maxAge: 24 * 60 * 60 * 1000,
    }),
  );

  // Each visitor's own time: the options are those of one request.
  app.use((req, _res, next) => {
    req.sessionOptions.maxAge = req.session.maxAge ?? req.sessionOptions.maxAge;
    next();
  });

  app.get('/', (req, res) => {
    const visit = req.session.isNew ? 'first visit' : 'visit again';
    req.session.views = (req.session.views ?? 0) + 1;
    res.send(`${visit}: ${req.session.views} views`);
  });

  app.get('/remember/:days', (req, res) => {
    req.session.maxAge = Number(req.params.days) * 24 * 60 * 60 * 1000;
    res.redirect('/');
  });

  // The cookie is sent, and lasts anew, when the session changes: here at most once a minute.
  app.get('/stay', (req, res) => {
    req.session.minute = Math.floor(Date.now() / 60_000);
    res.send('You stay.');
  });

  app.get('/logout', (req, res) => {
    req.session = null;
    res.redirect('/');
  });
  return app;
}
