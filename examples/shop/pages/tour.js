import express from 'express';
import { html } from '../html.js';
import { page } from '../layout.js';

export const tourPages = express.Router();

tourPages.get('/tour', (_request, response) => {
  response.send(page({ title: 'What to try', content }));
});

const content = html`
  <p class="lead">Keep <a href="/session">your session</a> open in a second tab: it says what each response did, and why.</p>
  <ol class="tour">
    <li><h2>No cookie before there is a reason</h2>
      <p>Look around. As long as nothing is written, nothing is stored and you get no cookie.
      Then add something to your cart.</p></li>
    <li><h2>Shown once</h2>
      <p>The message after a change survives the redirect. Load the page again: it is gone.</p></li>
    <li><h2>A login takes a new token</h2>
      <p><a href="/login">Log in</a>. Your cart comes along, and the token you had before is dead,
      should anybody have planted or copied it.</p></li>
    <li><h2>A logout cannot be undone</h2>
      <p>Log in, open <a href="/slow?ms=8000">a slow page</a> in a new tab, and log out in <a href="/">the shop</a> before it is
      there. The slow page wants to write to your session when it is done. It cannot bring it back.</p></li>
    <li><h2>Other devices</h2>
      <p>Log in as the same user in a private window. <a href="/devices">Your devices</a> shows both, and ends one
      or all others at once.</p></li>
    <li><h2>A restart</h2>
      <p>Stop the server with Ctrl+C and start it again. Your cart and your login are still there.</p></li>
  </ol>
  <p class="hint">This page does not look at your session; that is why it does not show how much is in your cart.
  Safari keeps secure cookies only over https, also on your own machine: use another browser here.</p>`;
