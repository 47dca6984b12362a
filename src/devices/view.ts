import { documentOf } from '../pages/document.js';
import { type Html, html, visible } from '../pages/html.js';
import type { Device, Devices } from './devices.js';
import type { DeviceTexts } from './texts.js';

interface Place {
  readonly basePath: string;
  readonly styleSheet: string;
  readonly status: number;
}

/** The page. */
export function devicesView(
  { current, others }: Devices,
  texts: DeviceTexts,
  { basePath, styleSheet, status }: Place,
): Html {
  const devices = current === undefined ? others : [current, ...others];
  const head = html`<link rel="stylesheet" href="${styleSheet}">`;
  const body = html`<main class="devices">
<h1>${texts.title}</h1>
${
  status === 401
    ? html`<p>${texts.signedOut}</p>`
    : html`<ul>${devices.map((device) => card(device, texts, basePath))}</ul>
${
  others.length === 0
    ? html`<p>${texts.noOthers}</p>`
    : html`<form method="post" action="${basePath}"><button class="danger">${texts.endOthers}</button></form>`
}`
}
</main>`;
  return documentOf({ language: texts.language, title: texts.title, head }, body);
}

function card(device: Device, texts: DeviceTexts, basePath: string): Html {
  const { handle, isThis, name, ipAddress, lastUsedAt, loggedInAt } = device;
  return html`
<li>
<h2>${name ?? texts.unknownDevice}${isThis && html` <b>${texts.thisDevice}</b>`}</h2>
<dl>
<div><dt>${texts.lastUsed}</dt><dd>${moment(lastUsedAt, texts)}</dd></div>
<div><dt>${texts.loggedIn}</dt><dd>${moment(loggedInAt, texts)}</dd></div>
${ipAddress !== undefined && html`<div><dt>${texts.from}</dt><dd>${visible(ipAddress)}</dd></div>`}
</dl>
<form method="post" action="${basePath}"><button name="handle" value="${handle}">${isThis ? texts.endThis : texts.end}</button></form>
</li>`;
}

function moment(at: number, { language }: DeviceTexts): Html {
  const date = new Date(at);
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return html`<time datetime="${date.toISOString()}">${format.format(date)}</time>`;
}
