import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import { html } from '../html.js';
import { page, visitorOf } from '../layout.js';

const LONGEST = 10_000;

export const slowPages = express.Router();

// Reads the session, takes its time, then writes: what a logout or a login meanwhile must survive.
slowPages.get('/slow', async (request, response) => {
  const { session } = request;
  const milliseconds = Math.min(Math.max(Number(request.query.ms) || 3000, 1), LONGEST);
  session.increment('slowPages');
  await delay(milliseconds);
  const outcome = await session.save();
  if (outcome === 'gone') {
    const content = html`
      <p class="notice bad" role="status">Your session was ended while this page was made.</p>
      <p>So what this page wrote was not stored, and its response has no cookie: the logout stays.</p>`;
    response.send(page({ title: 'A slow page', content }));
    return;
  }
  const content = html`
    <p>This took ${milliseconds} ms, and then it counted itself in your session: ${session.get('slowPages')} so far.</p>
    <p>Load it again, and log out in another tab before it is there.</p>`;
  response.send(page({ title: 'A slow page', visitor: visitorOf(session), content }));
});
