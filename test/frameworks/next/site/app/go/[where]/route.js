import { unstable_cache } from 'next/cache';
import { forbidden, notFound, redirect } from 'next/navigation';
import { getSession, withSession } from '../../../lib/session.js';

const ways = {
  redirect: () => redirect('/counter'),
  missing: () => notFound(),
  forbidden: () => forbidden(),
  error: () => {
    throw new Error('thrown by a route handler');
  },
  itself: async (request) => {
    const cookie = request.headers.get('cookie');
    await fetch(`http://${request.headers.get('host')}/go/missing`, { headers: { cookie } });
    return new Response();
  },
  cached: async () => Response.json({ id: await idForEverybody() }),
};

/** Every visitor would get the session of the first. */
const idForEverybody = unstable_cache(async () => (await getSession()).id, ['id']);

export const GET = withSession(async (request, { params }) => {
  const { where } = await params;
  const session = await getSession();
  session.increment('views');
  return ways[where](request);
});
