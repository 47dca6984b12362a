/**
 * No page of the shop has a script, and styles and pictures come from this server alone, so nothing
 * else may run or load. The comparison has a policy of its own.
 * @type {import('express').RequestHandler}
 */
export const safeHeaders = (_request, response, next) => {
  response.set({
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  });
  next();
};

/**
 * Keeps pages out of every cache, so that going back after a logout shows nothing of the user.
 * @type {import('express').RequestHandler}
 */
export const keepNoCopies = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/**
 * Refuses forms that another site sent. SameSite=Lax already keeps the cookie away from them; this
 * also covers other ports and sibling hosts, which are the same site. A request without either
 * header does not come from a browser, which would have sent one.
 * @type {import('express').RequestHandler}
 */
export const refuseForeignForms = (request, response, next) => {
  const isHarmless = request.method === 'GET' || request.method === 'HEAD';
  if (isHarmless || isOurs(request)) next();
  else response.status(403).type('text').send('This form was sent from another site.\n');
};

/** @param {import('express').Request} request */
function isOurs(request) {
  const fetchSite = request.get('sec-fetch-site');
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || fetchSite === 'none';
  const origin = request.get('origin');
  return (
    origin === undefined ||
    origin === `http://${request.host}` ||
    origin === `https://${request.host}`
  );
}
