import { context } from '../../../lib/context.js';
import { getSession, withSession } from '../../../lib/session.js';

const answer = withSession(async (request) => {
  const path = new URL(request.url).pathname.replace('/suite', '') || '/';
  const reply = await context().handle({ method: request.method, path }, await getSession());
  return context().toResponse(reply);
});

export { answer as DELETE, answer as GET, answer as HEAD, answer as POST, answer as PUT };
