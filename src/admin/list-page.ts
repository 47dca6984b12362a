import { type Html, html, plural } from '../pages/html.js';
import { type Filter, inWords, isEmpty } from './filter.js';
import { layout } from './layout.js';
import type { Room, Row } from './room.js';
import { sessionTable } from './table.js';

interface Listed {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
  readonly after: string | undefined;
  readonly filter: Filter;
  readonly limit: number;
  /** Whether the session was there that was ended right before. */
  readonly wasThere: boolean | undefined;
}

/** A page of all sessions, or of those that match a filter. */
export function listPage(room: Room, listed: Listed): Html {
  const { rows, next, after, filter, limit, wasThere } = listed;
  const { basePath } = room.settings;
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(filter))
    if (value !== undefined) query.set(name, String(value));
  const first = `${basePath}/sessions?${query}`;
  if (next !== undefined) query.set('after', next);
  const isFiltered = !isEmpty(filter);
  const caption = isFiltered ? `Live sessions ${inWords(filter)}` : 'Live sessions, in no order';
  return layout(room, {
    title: 'Sessions',
    at: 'sessions',
    content: html`${wasThere !== undefined && notice(wasThere)}
<form method="get" action="${basePath}/sessions" class="filter" role="search">
${filterFields(filter)}
<button>Filter</button>${isFiltered && html` <a href="${basePath}/sessions">Clear</a>`}
</form>
${
  rows.length > 0
    ? sessionTable(room, rows, caption)
    : html`<p>No session ${isFiltered && inWords(filter)} on this page.</p>`
}
<nav class="pages" aria-label="Pages">
<span>${plural(rows.length, 'session')} here</span>
${after !== undefined && html`<a href="${first}">First page</a>`}
${next !== undefined && html`<a href="${basePath}/sessions?${query}" rel="next">Next page</a>`}
</nav>`,
  });
}

/** The fields of a filter, in the form of the list and in that of ending many. */
export function filterFields({ user, olderThan, idleFor }: Filter): Html {
  return html`<label>User <input name="user" value="${user}" autocomplete="off" spellcheck="false" maxlength="200"></label>
<label>Older than <input name="olderThan" value="${olderThan}" autocomplete="off" placeholder="30d" size="6"></label>
<label>Idle for <input name="idleFor" value="${idleFor}" autocomplete="off" placeholder="2h" size="6"></label>`;
}

function notice(wasThere: boolean): Html {
  return wasThere
    ? html`<p class="notice" role="status">The session has ended.</p>`
    : html`<p class="notice bad" role="status">There was no such session any more.</p>`;
}
