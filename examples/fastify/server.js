import fastify from 'fastify';
import { createSessions } from 'sojourn';
import { fastifySession } from 'sojourn/fastify';
import { memoryStore } from 'sojourn/stores/memory';

const sessions = createSessions({ store: memoryStore() });
const app = fastify();
app.register(fastifySession, { sessions });

app.get('/', async ({ session }) => ({
  user: session.userId ?? null,
  views: session.increment('views'),
}));

app.post('/login/:user', async ({ session, params }, reply) => {
  await session.login(params.user);
  return reply.redirect('/', 303);
});

app.post('/logout', async ({ session }, reply) => {
  await session.logout();
  return reply.redirect('/', 303);
});

console.log(`Listening on ${await app.listen({ port: Number(process.env.PORT ?? 4000) })}`);
