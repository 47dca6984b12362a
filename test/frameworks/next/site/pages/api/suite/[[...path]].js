import { sessionListener } from 'sojourn/node';
import { context } from '../../../lib/context.js';

export const config = { api: { bodyParser: false } };

export default function answer(request, response) {
  const { sessions, handle, sendReply } = context();
  const listener = sessionListener(sessions, async (request, response, session) => {
    const path = request.url.split('?')[0].replace('/api/suite', '') || '/';
    await sendReply(response, await handle({ method: request.method, path }, session));
  });
  return listener(request, response);
}
