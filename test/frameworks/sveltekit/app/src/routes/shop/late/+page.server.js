/** The promise is streamed: it ends when the response has begun. */
export const load = ({ locals, platform }) => ({
  later: platform.begun.then(() => {
    try {
      locals.session.set('note', 'late');
    } catch (error) {
      return error.code;
    }
    return 'written';
  }),
});
