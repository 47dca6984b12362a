import { json } from '@sveltejs/kit';

export const GET = async ({ locals, fetch }) => {
  await Promise.all([fetch('/shop/inner'), fetch('/shop/inner')]);
  return json(locals.session.get('views'));
};
