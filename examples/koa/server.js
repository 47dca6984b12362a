import Koa from 'koa';
import { createSessions } from 'sojourn';
import { koaSession } from 'sojourn/koa';
import { memoryStore } from 'sojourn/stores/memory';

const sessions = createSessions({ store: memoryStore() });
const app = new Koa();
app.use(koaSession(sessions));

app.use(async (ctx) => {
  const { session, method, path } = ctx;
  const [, route, user] = path.split('/');
  if (method === 'POST' && route === 'login' && user) await session.login(user);
  else if (method === 'POST' && route === 'logout') await session.logout();
  else if (path === '/') {
    ctx.body = { user: session.userId ?? null, views: session.increment('views') };
    return;
  } else ctx.throw(404);
  ctx.status = 303;
  ctx.redirect('/');
});

const server = app.listen(Number(process.env.PORT ?? 4000), 'localhost', () =>
  console.log(`Listening on http://localhost:${server.address().port}`),
);
