/**
 * `node examples/express3/server.cjs cookie`, or `options`, `memory`, `redis`, `mongo`. Listens on
 * PORT, by default 3000. The first line is the one that changes. In an app of its own `express3` is
 * called `express`, and the stores have no number.
 */
const express = require('sojourn/express3')(require('express3'));
const createApp = require('./app.cjs');

const strategies = {
  cookie: () => express.cookieSession(),

  options: () => express.cookieSession({ key: 'app.sess', secret: 'SUPERsekret' }),

  memory: () => express.session(),

  redis() {
    const RedisStore = require('connect-redis1')(express);
    const store = new RedisStore({
      host: '127.0.0.1',
      port: process.env.REDIS_PORT ?? 6380,
      prefix: 'sess',
    });
    return express.session({ key: 'app.sess', store, secret: 'SEKR37' });
  },

  mongo() {
    const MongoStore = require('connect-mongo3')(express);
    const url = process.env.MONGODB_URL ?? 'mongodb://127.0.0.1:3355/myapp';
    const store = new MongoStore({
      url,
      mongoOptions: { useNewUrlParser: true, useUnifiedTopology: true },
    });
    return express.session({ key: 'app.sess', store, secret: 'SEKR37' });
  },
};

const strategy = strategies[process.argv[2] ?? 'cookie'];
if (strategy === undefined)
  throw new Error(`Name a strategy: ${Object.keys(strategies).join(', ')}.`);

const server = createApp(express, strategy()).listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
