/**
 * What Express 3 says about session variables, as one app. `strategy` is the middleware for the
 * sessions: each gives the same `req.session`.
 */
module.exports = function createApp(express, strategy) {
  const app = express();
  app.use(express.cookieParser('S3CRE7'));
  app.use(strategy);
  app.use(app.router);

  app.get('/set', (req, res) => {
    req.session.name = 'Napoleon';
    req.session['primary skill'] = 'Dancing';
    req.session.skills = ['Cooking'];
    res.send('Set');
  });

  app.get('/read', (req, res) => {
    const { name, skills, absent } = req.session;
    res.json({ name, primary_skill: req.session['primary skill'], skills, absent: typeof absent });
  });

  app.get('/update', (req, res) => {
    req.session.skills.push('Baking');
    req.session.name = 'Pedro';
    res.redirect('/read');
  });

  app.get('/delete', (req, res) => {
    delete req.session.name;
    delete req.session['primary skill'];
    res.send('Deleted');
  });

  // A session in a cookie ends with its object; one in a store does not.
  app.get('/delete-session', (req, res) => {
    delete req.session;
    res.send('Session object deleted');
  });

  app.get('/null-session', (req, res) => {
    req.session = null;
    res.send('Session object set to null');
  });

  app.get('/destroy', (req, res) => {
    req.session.destroy(() => res.send('Session deleted'));
  });

  return app;
};
