import { json } from '@sveltejs/kit';

export const GET = ({ locals, platform }) => json(platform.isCurrent(locals.session));
