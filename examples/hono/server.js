import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createSessions } from 'sojourn';
import { honoSession } from 'sojourn/hono';
import { memoryStore } from 'sojourn/stores/memory';

const sessions = createSessions({ store: memoryStore() });
const app = new Hono();
app.use(honoSession(sessions));

app.get('/', (c) => {
  const { session } = c.var;
  return c.json({ user: session.userId ?? null, views: session.increment('views') });
});

app.post('/login/:user', async (c) => {
  await c.var.session.login(c.req.param('user'));
  return c.redirect('/', 303);
});

app.post('/logout', async (c) => {
  await c.var.session.logout();
  return c.redirect('/', 303);
});

const port = Number(process.env.PORT ?? 4000);
serve({ fetch: app.fetch, port, hostname: 'localhost' }, (address) =>
  console.log(`Listening on http://localhost:${address.port}`),
);
