import { type Html, html, instant } from '../pages/html.js';
import type { EndedPage, EndedQuery, EndedSession } from './ended-log.js';
import { layout } from './layout.js';
import { type Room, userPath } from './room.js';

const REASONS = [
  ['logout', 'logged out'],
  ['destroyed', 'ended by the application'],
  ['revoked', 'ended from outside a request'],
  ['idle', 'not used for idleTimeout'],
  ['lifetime', 'lifetime is over'],
  ['replaced', 'another user logged in'],
  ['limit', 'too many sessions of the user'],
  ['replay', 'an old token was used'],
] as const;

/** Where the endings of a page are from. */
export interface EndedSource {
  /** Whether the store keeps them; otherwise this process remembers the last ones. */
  readonly isKept: boolean;
  readonly dropped: number;
}

/** The sessions that ended, and why. */
export function endedPage(
  room: Room,
  query: EndedQuery,
  { ended, next }: EndedPage,
  source: EndedSource,
): Html {
  const { basePath } = room.settings;
  const { user, reason, after, limit } = query;
  const link = new URLSearchParams({ limit: String(limit) });
  if (user !== undefined) link.set('user', user);
  if (reason !== undefined) link.set('reason', reason);
  const first = `${basePath}/ended?${link}`;
  if (next !== undefined) link.set('after', next);
  return layout(room, {
    title: 'Ended sessions',
    at: 'ended',
    content: html`<p class="soft">${sourceInWords(source)}</p>
<form method="get" action="${basePath}/ended" class="filter" role="search">
<label>User <input name="user" value="${user}" autocomplete="off" spellcheck="false" maxlength="200"></label>
<label>Reason <select name="reason"><option value="">any</option>${REASONS.map(
      ([name, text]) =>
        html`<option value="${name}"${name === reason && html` selected`}>${name}: ${text}</option>`,
    )}</select></label>
<button>Filter</button>
</form>
<div data-live>${ended.length === 0 ? html`<p>None on this page.</p>` : table(room, ended)}</div>
<nav class="pages" aria-label="Pages">
${after !== undefined && html`<a href="${first}">First page</a>`}
${next !== undefined && html`<a href="${basePath}/ended?${link}" rel="next">Earlier ones</a>`}
</nav>`,
  });
}

function table(room: Room, ended: readonly EndedSession[]): Html {
  const now = room.settings.now();
  return html`<div class="table"><table>
<caption>The last one first</caption>
<thead><tr><th scope="col">Ended</th><th scope="col">Reason</th><th scope="col">User</th><th scope="col">Began</th><th scope="col">Handle</th></tr></thead>
<tbody>${ended.map(
    ({ endedAt, reason, userId, createdAt, handle, id }) => html`
<tr><td data-label="Ended">${instant(endedAt, now)}</td><td data-label="Reason">${reason}</td><td data-label="User">${userId !== undefined && userLink(room, userId)}</td><td data-label="Began">${createdAt !== undefined && instant(createdAt, now)}</td><td data-label="Handle"><code>${handle ?? id}</code></td></tr>`,
  )}
</tbody></table></div>`;
}

function userLink(room: Room, userId: string): Html {
  const path = userPath(room, userId);
  return path === undefined ? html`${userId}` : html`<a href="${path}">${userId}</a>`;
}

function sourceInWords({ isKept, dropped }: EndedSource): string {
  if (!isKept)
    return 'The last 1,000 that ended in this process, while it ran. Other servers have their own.';
  const missing =
    dropped === 0 ? '' : ` ${dropped} of this process are missing: too many ended at once.`;
  return `Kept in the store, without token and data, also those of other servers. A session whose time is over shows when its visitor comes back.${missing}`;
}
