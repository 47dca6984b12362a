export const GET = async (context) => new Response(await context.locals.answer(context));
