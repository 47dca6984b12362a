import { type Html, html, plural, shortened, visible } from '../pages/html.js';
import { layout } from './layout.js';
import type { Room, Row } from './room.js';
import { sessionTable } from './table.js';

/** One user's devices. */
export function userPage(room: Room, userId: string, rows: readonly Row[]): Html {
  const { basePath } = room.settings;
  const name = shortened(visible(userId), 60);
  return layout(room, {
    title: `User ${name}`,
    content:
      rows.length === 0
        ? html`<p>This user has no live session.</p>`
        : html`${sessionTable(room, rows, `${plural(rows.length, 'session')}, the last used first`)}
<form method="post" action="${basePath}/end">
<input type="hidden" name="user" value="${userId}">
<button name="dryRun" value="false" class="danger">End all sessions of this user</button>
</form>`,
  });
}
