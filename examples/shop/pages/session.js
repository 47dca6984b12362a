import express from 'express';
import { clock, date, html } from '../html.js';
import { page, visitorOf } from '../layout.js';
import { latestResponses, REASONS } from '../response-log.js';

export const sessionPages = express.Router();

sessionPages.get('/session', (request, response) => {
  const { session } = request;
  const content = html`
    ${session.isNew ? html`<p class="panel">Nothing is stored for you yet. Put something in your cart.</p>` : facts(session)}
    <h2>The latest responses, and why each had a cookie or none</h2>
    <p class="hint">Newest first. The token itself is never shown, here or in any log.</p>
    <table class="log">
      <thead><tr><th>When</th><th>Request</th><th>Session</th><th>Outcome</th><th>Set-Cookie</th><th>Why</th></tr></thead>
      <tbody>${latestResponses().map((entry) => row(entry, session))}</tbody>
    </table>`;
  response.send(page({ title: 'Your session', visitor: visitorOf(session), content }));
});

/** @param {import('sojourn').Session} session */
function facts(session) {
  return html`
    <dl class="panel facts">
      <dt>Id</dt><dd><code>${session.id}</code> <span class="hint">the hash of the token: safe to show</span></dd>
      <dt>User</dt><dd>${session.userId ?? 'not logged in'}</dd>
      <dt>Since</dt><dd>${date(session.createdAt)}</dd>
      <dt>Until</dt><dd>${date(session.expiresAt)} <span class="hint">later with each use</span></dd>
      <dt>Data</dt><dd><pre>${JSON.stringify(session.all(), null, 2)}</pre></dd>
    </dl>`;
}

/**
 * @param {import('../response-log.js').Entry} entry
 * @param {import('sojourn').Session} session
 */
function row({ at, request, status, session: itsSession, id, outcome, cookie }, session) {
  const isYours = !session.isNew && (itsSession === session || id === session.id);
  const whose = isYours ? 'yours' : id === undefined ? 'none' : `${id.slice(0, 6)}…`;
  return html`
    <tr>
      <td>${clock(at)}</td>
      <td><code>${request}</code> ${status ?? ''}</td>
      <td>${whose}</td>
      <td><b class="outcome ${outcome}">${outcome}</b></td>
      <td>${cookie === undefined ? html`<span class="hint">none</span>` : html`<code>${cookie}</code>`}</td>
      <td>${REASONS[outcome]}</td>
    </tr>`;
}
