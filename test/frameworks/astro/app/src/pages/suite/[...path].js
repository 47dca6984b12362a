/** Every request of the adapter suite. */
export const ALL = ({ request, params, locals }) =>
  locals.answer({ method: request.method, path: `/${params.path ?? ''}` }, locals.session);
