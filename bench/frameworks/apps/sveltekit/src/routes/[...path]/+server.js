export const GET = async ({ request, locals, platform }) =>
  new Response(await platform.answer(request.url, locals.session));
