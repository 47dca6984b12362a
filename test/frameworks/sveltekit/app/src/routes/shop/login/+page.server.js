import { fail, redirect } from '@sveltejs/kit';

export const actions = {
  login: async ({ locals, request }) => {
    const form = await request.formData();
    await locals.session.login(String(form.get('name')));
    redirect(303, '/shop');
  },
  refuse: ({ locals }) => {
    locals.session.flash('note', 'refused');
    return fail(400, { refused: true });
  },
};
