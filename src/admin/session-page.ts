import { inspect } from 'node:util';
import { type Html, html, instant, shortened, visible } from '../pages/html.js';
import { layout } from './layout.js';
import { type Room, type Row, sessionPath } from './room.js';
import { sizeOf, userLink } from './table.js';

/** Of a value, so much is shown. */
const LONGEST_VALUE = 2000;

/** One session's inside; `data` only when its values are wanted. */
export function sessionPage(room: Room, row: Row, data: object | undefined): Html {
  const path = sessionPath(room, row.id);
  return layout(room, {
    title: 'Session',
    content: html`<dl class="facts">${facts(room, row)}</dl>
<form method="post" action="${path}/end"><button class="danger">End this session</button></form>
<h2>Data</h2>
${
  row.keys.length === 0
    ? html`<p class="soft">It has no data.</p>`
    : html`<dl class="data">${row.keys.map((key) => entry(key, data))}</dl>`
}
${
  data === undefined
    ? row.keys.length > 0 &&
      html`<p><a class="button" href="${path}?values=1">Show the values</a></p>`
    : html`<p><a class="button" href="${path}">Hide the values</a></p>`
}`,
  });
}

function facts(room: Room, row: Row): Html[] {
  const now = room.settings.now();
  const code = (text: string): Html => html`<code>${visible(text)}</code>`;
  const unknown = html`<span class="soft">not kept</span>`;
  const { userAgent, ipAddress, loggedInAt } = row;
  const all: [string, unknown][] = [
    ['User', userLink(room, row.userId)],
    ['Device', row.device ?? unknown],
    ['User agent', userAgent === undefined ? unknown : shortened(visible(userAgent), 500)],
    ['Address', ipAddress === undefined ? unknown : code(ipAddress)],
    ['Began', instant(row.createdAt, now)],
    ['Logged in', loggedInAt === undefined ? undefined : instant(loggedInAt, now)],
    ['Last used', instant(row.touchedAt, now)],
    ['Ends', instant(row.expiresAt, now)],
    ['Size', sizeOf(row.size)],
    ['Handle', code(row.handle)],
    ['Id', code(row.id)],
  ];
  return all
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
}

function entry(key: string, data: object | undefined): Html {
  const name = visible(key);
  if (data === undefined)
    return html`<div><dt><code>${name}</code></dt><dd class="soft">hidden</dd></div>`;
  const value = inspect((data as Readonly<Record<string, unknown>>)[key], {
    depth: null,
    maxArrayLength: 200,
    maxStringLength: LONGEST_VALUE,
  });
  const text = shortened(value, LONGEST_VALUE).split('\n').map(visible).join('\n');
  return html`<div><dt><code>${name}</code></dt><dd><pre>${text}</pre></dd></div>`;
}
