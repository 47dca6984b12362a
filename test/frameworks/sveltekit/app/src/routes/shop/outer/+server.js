import { json } from '@sveltejs/kit';

export const GET = async ({ locals, fetch }) => {
  locals.session.increment('views');
  const inner = await fetch('/shop/inner');
  return json([
    await inner.json(),
    inner.headers.getSetCookie().length,
    locals.session.get('views'),
  ]);
};
