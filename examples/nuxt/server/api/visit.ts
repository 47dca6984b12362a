export default defineEventHandler((event) => {
  const session = useVisitorSession(event);
  return {
    user: session.userId ?? 'nobody',
    visits: session.increment('visits'),
    notice: session.get('notice', ''),
  };
});
