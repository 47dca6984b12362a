import type { APIRoute } from 'astro';

export const POST: APIRoute = async ({ request, locals: { session }, redirect }) => {
  const form = await request.formData();
  // Check the password here.
  await session.login(String(form.get('name')));
  session.flash('notice', 'Welcome!');
  return redirect('/', 303);
};
