import { json } from '@sveltejs/kit';

export const GET = async ({ locals, fetch }) => {
  locals.session.increment('views');
  await locals.session.login('ada');
  const inner = await fetch('/shop/inner');
  return json(await inner.json());
};
