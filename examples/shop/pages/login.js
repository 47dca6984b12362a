import express from 'express';
import { field } from '../form.js';
import { html } from '../html.js';
import { page, visitorOf } from '../layout.js';

const USERS = ['ada', 'grace', 'katherine'];
const PASSWORD = 'demo';

export const loginPages = express.Router();

loginPages.get('/login', (request, response) => {
  response.send(loginPage(request.session));
});

loginPages.post('/login', async (request, response) => {
  const { session } = request;
  const user = field(request, 'user').toLowerCase();
  if (!USERS.includes(user) || field(request, 'password') !== PASSWORD) {
    // For this page only: a failed login stores nothing.
    session.now('notice', { kind: 'bad', text: 'This user and password do not belong together.' });
    response.status(401).send(loginPage(session));
    return;
  }
  session.flash('notice', {
    kind: 'good',
    text: `Hello ${user}. Your session has a new token; what was in your cart came along.`,
  });
  await session.login(user);
  response.redirect(303, '/');
});

loginPages.post('/logout', async (request, response) => {
  const { session } = request;
  await session.logout();
  session.flash('notice', {
    kind: 'good',
    text: 'You are logged out. The session you had is gone for good.',
  });
  response.redirect(303, '/');
});

/** @param {import('sojourn').Session} session */
function loginPage(session) {
  const content = html`
    <form method="post" class="panel stack">
      <label>User <input name="user" list="users" autocomplete="username" autocapitalize="none" required></label>
      <datalist id="users">${USERS.map((user) => html`<option value="${user}"></option>`)}</datalist>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button>Log in</button>
      <p class="hint">The users are ${USERS.join(', ')}; the password of each is ${PASSWORD}.</p>
    </form>`;
  return page({ title: 'Log in', visitor: visitorOf(session), content });
}
