import { Elysia, t } from 'elysia';
import { createSessions } from 'sojourn';
import { elysiaSession } from 'sojourn/elysia';
import { memoryStore } from 'sojourn/stores/memory';

interface Data {
  visits: number;
  notice: string;
}

const sessions = createSessions<Data>({ store: memoryStore() });

new Elysia()
  .use(elysiaSession(sessions))
  .get('/', ({ session }) => {
    const visits = session.increment('visits');
    return `${session.userId ?? 'nobody'}, visit number ${visits}. ${session.get('notice', '')}`;
  })
  .post(
    '/login',
    async ({ session, body, redirect }) => {
      // Check the password here.
      await session.login(body.name);
      session.flash('notice', 'Welcome!');
      return redirect('/', 303);
    },
    { body: t.Object({ name: t.String() }) },
  )
  .post('/logout', async ({ session, redirect }) => {
    await session.logout();
    return redirect('/', 303);
  })
  .listen(process.env.PORT ?? 3000);
