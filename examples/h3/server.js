import { getRouterParam, H3, redirect, serve } from 'h3';
import { createSessions } from 'sojourn';
import { getSession, h3Session } from 'sojourn/h3';
import { memoryStore } from 'sojourn/stores/memory';

const sessions = createSessions({ store: memoryStore() });
const app = new H3();
app.use(h3Session(sessions));

app.get('/', (event) => {
  const session = getSession(event);
  return { user: session.userId ?? null, views: session.increment('views') };
});

app.post('/login/:user', async (event) => {
  await getSession(event).login(getRouterParam(event, 'user') ?? '');
  return redirect('/', 303);
});

app.post('/logout', async (event) => {
  await getSession(event).logout();
  return redirect('/', 303);
});

const port = Number(process.env.PORT ?? 4000);
const server = serve(app, { port, hostname: 'localhost', silent: true });
await server.ready();
console.log(`Listening on ${server.url}`);
