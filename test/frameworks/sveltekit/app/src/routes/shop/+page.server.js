export const load = ({ locals }) => ({ page: locals.session.increment('views') });
