import type { Finding } from '../health/finding.js';
import { type Html, html, instant, plural } from '../pages/html.js';
import type { Health } from './health.js';
import { layout } from './layout.js';
import type { Room } from './room.js';

const LEVELS: Readonly<Record<Finding['level'], string>> = {
  ok: 'Well',
  warning: 'Warning',
  problem: 'Problem',
};

/** What the checks found, the worst first. */
export function healthPage(room: Room, { checkedAt, findings }: Health): Html {
  const of = (wanted: Finding['level']): Finding[] =>
    findings.filter(({ level }) => level === wanted);
  const [problems, warnings] = [of('problem'), of('warning')];
  return layout(room, {
    title: 'Health',
    at: 'health',
    content: html`<p class="${problems.length === 0 ? 'notice' : 'notice bad'}" role="status">${plural(problems.length, 'problem')}, ${plural(warnings.length, 'warning')}.</p>
<dl class="findings">${[...problems, ...warnings, ...of('ok')].map(
      ({ level, is, advice }) => html`
<div class="${level}"><dt>${LEVELS[level]}</dt><dd>${is}${advice !== undefined && html`<br><span class="soft">${withCommands(advice)}</span>`}</dd></div>`,
    )}
</dl>
<p class="soft">Checked ${instant(checkedAt, room.settings.now())}, with a record that is written, read and deleted. <code>npx sojourn doctor --url</code> also checks the cookie of a live page.</p>`,
  });
}

/** An advice, with what stands between backticks as code. */
function withCommands(advice: string): unknown[] {
  return advice
    .split('`')
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
