import { fileURLToPath } from 'node:url';
import express from 'express';
import { sessionMiddleware } from 'sojourn/express';
import { compare } from './compare/index.js';
import { html } from './html.js';
import { page } from './layout.js';
import { cartPages } from './pages/cart.js';
import { cataloguePages } from './pages/catalogue.js';
import { devicePages } from './pages/devices.js';
import { loginPages } from './pages/login.js';
import { sessionPages } from './pages/session.js';
import { slowPages } from './pages/slow.js';
import { tourPages } from './pages/tour.js';
import { logResponses } from './response-log.js';
import { keepNoCopies, refuseForeignForms, safeHeaders } from './security.js';
import { sessions } from './sessions.js';

export const app = express();

app.disable('x-powered-by');
app.use(safeHeaders);
// Before the sessions: a style sheet needs none, so none is read for it.
app.use(express.static(fileURLToPath(new URL('public', import.meta.url))));
app.use(refuseForeignForms);
// Two shops of its own, with sessions of their own.
app.use('/compare', compare);
app.use(keepNoCopies);
app.use(sessionMiddleware(sessions));
app.use(logResponses);
app.use(express.urlencoded({ extended: false, limit: '4kb' }));

app.use(cataloguePages, cartPages, loginPages, devicePages, sessionPages, slowPages, tourPages);

app.use((_request, response) => {
  response.status(404).send(
    page({
      title: 'Not found',
      content: html`<p>There is no such page. <a href="/">To the shop</a></p>`,
    }),
  );
});

app.use(answerError);

/** @type {import('express').ErrorRequestHandler} */
function answerError(error, _request, response, next) {
  if (response.headersSent) return next(error);
  const status = Number(error.status) || 500;
  if (status >= 500) console.error(error);
  const content =
    status === 503
      ? html`<p>Your session could not be read or stored, so nothing was changed. Please try again.</p>`
      : html`<p>This did not work. <a href="/">To the shop</a></p>`;
  response.status(status).send(page({ title: 'Sorry', content }));
}
