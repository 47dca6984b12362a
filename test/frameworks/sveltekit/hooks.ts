// Compiled by `npm run check`, never run: SvelteKit's types take the hook.
import { type Handle, sequence } from '@sveltejs/kit/hooks';
import { type SessionLocals, sveltekitSession } from '../../../src/adapters/sveltekit.js';
import { createSessions } from '../../../src/index.js';
import { memoryStore } from '../../../src/stores/memory.js';

interface Shop {
  views: number;
}

declare global {
  namespace App {
    interface Locals extends SessionLocals<Shop> {}
  }
}

const sessions = createSessions<Shop>({ store: memoryStore() });

const own: Handle = ({ event, resolve }) => {
  const views: number = event.locals.session.increment('views');
  // @ts-expect-error there is no such name
  event.locals.session.set('vews', views);
  return resolve(event);
};

export const handle: Handle = sequence(sveltekitSession(sessions), own);
export const alone: Handle = sveltekitSession(sessions, {
  connection: ({ request }) => ({ secure: request.url.startsWith('https:') }),
});
