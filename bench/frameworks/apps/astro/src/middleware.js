/** The build runs it too, without what is given with each request. */
export const onRequest = (context, next) => context.locals.middleware?.(context, next) ?? next();
