import { documentOf } from '../pages/document.js';
import { type Html, html } from '../pages/html.js';
import type { Room } from './room.js';

const PAGES = [
  ['sessions', 'Sessions'],
  ['stats', 'Statistics'],
  ['ended', 'Ended'],
  ['health', 'Health'],
  ['end', 'End many'],
] as const;

/** One of the pages in the navigation. */
export type PageName = (typeof PAGES)[number][0];

/** A whole page. */
export function layout(
  { settings }: Pick<Room, 'settings'>,
  { title, at, content }: { title: string; at?: PageName | undefined; content: Html },
): Html {
  const base = settings.basePath;
  const head = html`<link rel="icon" href="${base}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${base}/dashboard.css">
<script src="${base}/dashboard.js" type="module"></script>`;
  const body = html`<a class="skip" href="#main">To the content</a>
<header>
<b>Sojourn</b>
<nav aria-label="Main">${PAGES.map(
    ([name, text]) =>
      html`<a href="${base}/${name}"${name === at && html` aria-current="page"`}>${text}</a>`,
  )}</nav>
</header>
<main id="main">
<h1>${title}</h1>
${content}
</main>
<footer>Shown at ${new Date(settings.now()).toISOString().slice(0, 19)}Z. Ids and handles may be shared: nobody gets in with them.</footer>`;
  return documentOf({ language: 'en', title: `${title} · Sojourn`, head }, body);
}

export function errorPage(room: Pick<Room, 'settings'>, message: string): Html {
  return layout(room, {
    title: 'That did not work',
    content: html`<p class="notice bad" role="alert">${message}</p>
<p><a href="${room.settings.basePath}/sessions">All sessions</a></p>`,
  });
}
