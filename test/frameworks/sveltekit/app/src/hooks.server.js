import { redirect } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';

/** The tests bring the adapter along, made from the sources. */
export const handle = sequence(
  (input) => input.event.platform.session(input),
  ({ event, resolve }) => {
    if (event.url.pathname === '/shop/members') {
      event.locals.session.set('note', 'members');
      redirect(303, '/shop/login');
    }
    if (event.url.pathname === '/shop/broken-hook') {
      event.locals.session.set('note', 'broken');
      throw new Error('no');
    }
    return resolve(event);
  },
);

export const handleError = () => ({ message: 'own message' });
