export const GET = ({ locals }) => Response.json(locals.isCurrent(locals.session));
