import { type Html, html, instant } from '../pages/html.js';
import { layout } from './layout.js';
import type { Room } from './room.js';
import type { EndedSession } from './stats.js';

const SHOWN = 200;

/** The sessions that ended lately, and why. */
export function endedPage(room: Room, endings: readonly EndedSession[]): Html {
  const now = room.settings.now();
  return layout(room, {
    title: 'Ended sessions',
    at: 'ended',
    content: html`<p class="soft">The last 1,000 that ended in this process, while it ran. Other servers have their own.</p>
<div data-live>${
      endings.length === 0
        ? html`<p>None has ended yet.</p>`
        : html`<div class="table"><table>
<caption>The last one first</caption>
<thead><tr><th scope="col">Ended</th><th scope="col">Reason</th><th scope="col">Handle</th></tr></thead>
<tbody>${endings.slice(0, SHOWN).map(
            ({ at, reason, handle, id }) => html`
<tr><td data-label="Ended">${instant(at, now)}</td><td data-label="Reason">${reason}</td><td data-label="Handle"><code>${handle ?? id}</code></td></tr>`,
          )}
</tbody></table></div>`
    }</div>`,
  });
}
