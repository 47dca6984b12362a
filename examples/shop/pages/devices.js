import express from 'express';
import { date, html } from '../html.js';
import { page, visitorOf } from '../layout.js';
import { sessions } from '../sessions.js';

export const devicePages = express.Router();

devicePages.get('/devices', async (request, response) => {
  const { session } = request;
  const content =
    session.userId === undefined
      ? html`<p><a href="/login">Log in</a>, here and in a second browser or a private window, to see where you are logged in.</p>`
      : deviceList(await sessions.ofUser(session.userId), session.id);
  response.send(page({ title: 'Your devices', visitor: visitorOf(session), content }));
});

devicePages.post('/devices/end-others', async (request, response) => {
  const { session } = request;
  if (session.userId !== undefined) {
    const ended = await sessions.destroyUser(session.userId, { except: session.id });
    const text =
      ended === 1 ? 'The other device is logged out.' : `${ended} other devices are logged out.`;
    session.flash('notice', { kind: 'good', text });
  }
  response.redirect(303, '/devices');
});

devicePages.post('/devices/:id/end', async (request, response) => {
  const { session } = request;
  const device = await sessions.read(request.params.id);
  // An id is no secret: whose session it is must be asked.
  if (device !== undefined && device.userId === session.userId) {
    await sessions.destroy(device.id);
    session.flash('notice', {
      kind: 'good',
      text: `${browserOf(device.userAgent)} is logged out.`,
    });
  }
  response.redirect(303, '/devices');
});

/** @typedef {import('sojourn').SessionSnapshot} Device */

/**
 * @param {Device[]} devices
 * @param {string} ownId
 */
function deviceList(devices, ownId) {
  return html`
    <ul class="devices">${devices.map((device) => card(device, device.id === ownId))}</ul>
    ${
      devices.length > 1
        ? html`<form method="post" action="/devices/end-others"><button class="danger">End all others</button></form>`
        : html`<p class="hint">Log in with a second browser or in a private window, and it appears here.</p>`
    }`;
}

/**
 * @param {Device} device
 * @param {boolean} isOwn
 */
function card({ id, userAgent, ipAddress, createdAt, touchedAt }, isOwn) {
  return html`
    <li class="panel">
      <h2>${browserOf(userAgent)} ${isOwn && html`<b class="badge">this one</b>`}</h2>
      <p>Logged in ${date(createdAt)}, last seen ${date(touchedAt)}, from ${ipAddress ?? 'an unknown address'}.</p>
      <p class="hint">Session <code>${id}</code></p>
      ${isOwn || html`<form method="post" action="/devices/${id}/end"><button class="quiet">End this one</button></form>`}
    </li>`;
}

/**
 * A browser's name as people know it.
 * @param {string | undefined} userAgent
 */
function browserOf(userAgent = '') {
  // Every browser also claims to be the ones that came before it.
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari', 'curl'].find((name) =>
    userAgent.includes(name),
  );
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) =>
    userAgent.includes(name),
  );
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser ?? ''] ?? browser ?? 'A browser';
  return system === undefined ? name : `${name} on ${system}`;
}
