import { type Html, html, plural, quantity } from '../pages/html.js';
import { type Filter, inWords } from './filter.js';
import { layout } from './layout.js';
import { filterFields } from './list-page.js';
import type { Walked } from './matching.js';
import type { Room } from './room.js';

/** The form that ends many sessions, and how far a walk came. */
export function endPage(room: Room, filter: Filter, walked?: Walked): Html {
  const action = `${room.settings.basePath}/end`;
  return layout(room, {
    title: 'End many sessions',
    at: 'end',
    content: html`${walked !== undefined && outcome(action, filter, walked)}
<form method="post" action="${action}" class="filter">
${filterFields(filter)}
<input type="hidden" name="dryRun" value="true">
<button>Count them first</button>
</form>
<p class="soft">Times are written as <code>30m</code>, <code>2h</code> or <code>30d</code>. Nothing ends before you have seen how many match.</p>`,
  });
}

function outcome(action: string, filter: Filter, walked: Walked): Html {
  const { dryRun, matched, ended, next } = walked;
  const sentence = dryRun
    ? `${plural(matched, 'session')} ${inWords(filter)}${next === undefined ? '.' : ', so far.'}`
    : `${quantity(ended)} of ${plural(matched, 'session')} ${inWords(filter)} ended${next === undefined ? '.' : ', so far.'}`;
  return html`<p class="notice" role="status">${sentence}</p>
${next !== undefined && goOn(action, filter, walked)}
${dryRun && next === undefined && matched > 0 && confirm(action, filter, matched)}`;
}

/** The script sends it by itself until the walk is over. */
function goOn(action: string, filter: Filter, { dryRun, matched, ended, next }: Walked): Html {
  return html`<form method="post" action="${action}" data-goes-on>
${hidden({ ...filter, dryRun, matched, ended, after: next })}
<progress aria-label="Walking through the store"></progress>
<button>Go on</button> <a href="${action}">Stop</a>
</form>`;
}

function confirm(action: string, filter: Filter, matched: number): Html {
  return html`<form method="post" action="${action}">
${hidden({ ...filter, dryRun: false })}
<button class="danger">End ${matched === 1 ? 'it' : `these ${quantity(matched)}`}</button>
</form>`;
}

function hidden(fields: Readonly<Record<string, unknown>>): Html[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${String(value)}">`);
}
