import { sequence } from 'astro:middleware';

export const onRequest = sequence(
  /** The tests bring the adapter along, made from the sources; the build makes it from dist. */
  async (context, next) => {
    const middleware = context.locals.middleware ?? (await atBuild());
    return middleware(context, next);
  },
  /** Behind the session: the page is whole before the session is stored. */
  async ({ url }, next) => {
    const response = await next();
    if (url.search !== '?held') return response;
    return new Response(await response.arrayBuffer(), response);
  },
);

async function atBuild() {
  const { createSessions } = await import('sojourn');
  const { astroSession } = await import('sojourn/astro');
  const { memoryStore } = await import('sojourn/stores/memory');
  return astroSession(createSessions({ store: memoryStore() }));
}
