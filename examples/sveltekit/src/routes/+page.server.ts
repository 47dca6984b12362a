import { redirect } from '@sveltejs/kit';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { session } }) => ({
  user: session.userId ?? 'nobody',
  visits: session.increment('visits'),
  notice: session.get('notice', ''),
});

export const actions: Actions = {
  login: async ({ request, locals: { session } }) => {
    const form = await request.formData();
    // Check the password here.
    await session.login(String(form.get('name')));
    session.flash('notice', 'Welcome!');
    redirect(303, '/');
  },
  logout: async ({ locals: { session } }) => {
    await session.logout();
    redirect(303, '/');
  },
};
