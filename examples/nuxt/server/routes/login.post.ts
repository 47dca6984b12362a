export default defineEventHandler(async (event) => {
  const session = useVisitorSession(event);
  const { name } = await readBody<{ name: string }>(event);
  // Check the password here.
  await session.login(name);
  session.flash('notice', 'Welcome!');
  return sendRedirect(event, '/', 303);
});
