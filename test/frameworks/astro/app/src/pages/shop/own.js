/** Astro's own session, whose driver is a store of ours. */
export const GET = async ({ session }) => {
  const views = ((await session.get('views')) ?? 0) + 1;
  session.set('views', views);
  return Response.json(views);
};

export const POST = async ({ session }) => {
  session.destroy();
  return new Response(null, { status: 204 });
};
