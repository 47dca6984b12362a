export default defineEventHandler(async (event) => {
  await useVisitorSession(event).logout();
  return sendRedirect(event, '/', 303);
});
