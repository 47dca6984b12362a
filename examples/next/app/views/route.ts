import { getSession, withSession } from '../../lib/session';

export const POST = withSession(async () => {
  const session = await getSession();
  return Response.json({ views: session.increment('views') });
});
