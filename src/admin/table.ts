import { type Html, html, instant, shortened, visible } from '../pages/html.js';
import { type Room, type Row, sessionPath, userPath } from './room.js';

/** Sessions in a table; on a narrow screen each is a card. */
export function sessionTable(room: Room, rows: readonly Row[], caption: string): Html {
  const now = room.settings.now();
  return html`<div class="table"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">User</th><th scope="col">Device</th><th scope="col">Began</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col" class="number">Size</th><th scope="col"><span class="hidden">Open</span></th></tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr><td data-label="User">${userLink(room, row.userId)}</td><td data-label="Device">${row.device ?? html`<span class="soft">unknown</span>`}</td><td data-label="Began">${instant(row.createdAt, now)}</td><td data-label="Last used">${instant(row.touchedAt, now)}</td><td data-label="Ends">${instant(row.expiresAt, now)}</td><td data-label="Size" class="number">${sizeOf(row.size)}</td><td><a href="${sessionPath(room, row.id)}" aria-label="Open session ${row.handle}">Open</a></td></tr>`,
  )}
</tbody></table></div>`;
}

/** A user with a link to the sessions of that user. */
export function userLink(room: Pick<Room, 'settings'>, userId: string | undefined): Html {
  if (userId === undefined) return html`<span class="soft">nobody</span>`;
  const text = shortened(visible(userId), 40);
  const path = userPath(room, userId);
  return path === undefined ? html`${text}` : html`<a href="${path}">${text}</a>`;
}

/** `812 B`, `1.4 kB`. */
export function sizeOf(characters: number): string {
  return characters < 1000 ? `${characters} B` : `${(characters / 1000).toFixed(1)} kB`;
}
