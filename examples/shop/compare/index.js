import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import { comparePage } from './page.js';
import { shopRoutes } from './routes.js';
import { withExpressSession } from './with-express-session.js';
import { withSojourn } from './with-sojourn.js';

/** The page `/compare`: one little shop twice, and experiments on both at once. */
export const compare = Router();

compare.use((_request, response, next) => {
  // This page has a script, and sends requests; all others have none.
  response.set(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  next();
});
compare.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { redirect: false }));
compare.get('/', (_request, response) => {
  response.set('Cache-Control', 'no-store').send(comparePage());
});
compare.use('/express-session', shopRoutes(withExpressSession));
compare.use('/sojourn', shopRoutes(withSojourn));
