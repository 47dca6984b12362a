export const load = ({ locals }) => ({ layout: locals.session.increment('views') });
