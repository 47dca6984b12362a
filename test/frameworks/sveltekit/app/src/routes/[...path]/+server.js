import { redirect } from '@sveltejs/kit';

/** Every request of the adapter suite. What SvelteKit throws as an answer is a redirect. */
export const fallback = async ({ request, url, locals, platform }) => {
  try {
    return await platform.answer({ method: request.method, path: url.pathname }, locals.session);
  } catch (answer) {
    const location = answer instanceof Response && answer.headers.get('location');
    if (location) redirect(answer.status, location);
    throw answer;
  }
};
