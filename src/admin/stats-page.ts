import { type Html, html, instant, quantity } from '../pages/html.js';
import { chart } from './charts.js';
import { layout } from './layout.js';
import type { Room } from './room.js';
import type { MinuteStats, Stats, Timing } from './stats.js';

/** What happened since the dashboard was made. The script keeps it up to date. */
export function statsPage(room: Room, stats: Stats): Html {
  const now = room.settings.now();
  return layout(room, {
    title: 'Statistics',
    at: 'stats',
    content: html`<p class="soft">From the events of this process since <span>${instant(stats.since, now)}</span>. Other servers have their own.</p>
<div data-live>
<ul class="figures">
${figure('Active', stats.active?.count, stats.active && html`counted ${instant(stats.active.at, now)}`)}
${figure('Created', stats.created)}
${figure('Ended', sum(stats.ended), reasons(stats.ended))}
${figure('Conflicts', stats.conflicts)}
${figure('Rejected', sum(stats.rejected), reasons(stats.rejected))}
${figure('Failed', sum(stats.failed), reasons(stats.failed))}
</ul>
${charts(stats.minutes)}
${verbTable(stats)}
</div>
<form method="get" action="${room.settings.basePath}/stats">
<button name="count" value="1">Count the active sessions</button>
<span class="soft">Some stores walk through everything for it.</span>
</form>`,
  });
}

function figure(name: string, count: number | undefined, detail?: Html | undefined): Html {
  return html`<li><span>${name}</span> <b>${count === undefined ? '–' : quantity(count)}</b> <small>${detail}</small></li>`;
}

function reasons(counts: Readonly<Record<string, number>>): Html {
  const texts = Object.entries(counts).map(([reason, count]) => `${reason} ${quantity(count)}`);
  return html`${texts.join(', ')}`;
}

function charts(minutes: readonly MinuteStats[]): Html {
  const line = (name: string, value: (minute: MinuteStats) => number | undefined) => ({
    name,
    values: minutes.map(value),
  });
  return html`<section class="charts" aria-label="The last hour, minute by minute">
${chart('Created and ended', '', [
  line('created', ({ created }) => created),
  line('ended', ({ ended }) => ended),
])}
${chart('Conflicts and rejected', '', [
  line('conflicts', ({ conflicts }) => conflicts),
  line('rejected', ({ rejected }) => rejected),
])}
${chart('Store time', ' ms', [line('p50', ({ p50 }) => p50), line('p99', ({ p99 }) => p99)])}
</section>`;
}

function verbTable({ store, verbs }: Stats): Html {
  if (store.calls === 0) return html`<p class="soft">The store was not called yet.</p>`;
  const rows = [...verbs].sort((one, other) => other.calls - one.calls);
  return html`<div class="table"><table>
<caption>Calls of the store, in milliseconds, at most a tenth too high</caption>
<thead><tr><th scope="col">Verb</th><th scope="col" class="number">Calls</th><th scope="col" class="number">p50</th><th scope="col" class="number">p99</th><th scope="col" class="number">Failed</th></tr></thead>
<tbody>${rows.map(({ verb, failed, ...timing }) => verbRow(verb, timing, failed))}
${verbRow(
  'all',
  store,
  rows.reduce((total, { failed }) => total + failed, 0),
)}</tbody></table></div>`;
}

function verbRow(verb: string, { calls, p50, p99 }: Timing, failed: number): Html {
  const cells: [string, number | undefined][] = [
    ['Calls', calls],
    ['p50', p50],
    ['p99', p99],
    ['Failed', failed],
  ];
  return html`
<tr><th scope="row">${verb}</th>${cells.map(([name, value]) => html`<td data-label="${name}" class="number">${value === undefined ? '–' : quantity(value)}</td>`)}</tr>`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
