import { defineEventHandler } from 'h3';
import { useVisitorSession } from '../utils/session.js';

// A request to itself, with the headers of this one.
export default defineEventHandler(async (event) => {
  useVisitorSession(event).increment('views');
  const inner = await event.fetch('/');
  return {
    inner: (await inner.json()).views,
    cookies: inner.headers.getSetCookie().length,
    views: useVisitorSession(event).get('views'),
  };
});
