export const POST = async ({ locals, redirect }) => {
  await locals.session.login('ada');
  return redirect('/shop', 303);
};
