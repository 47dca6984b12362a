import { type Html, html, quantity } from '../pages/html.js';

const WIDTH = 300;
const HEIGHT = 60;

/** A line of a chart: one value for each minute, `undefined` where nothing is known. */
export interface Line {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

/** A small chart over the last hour. Its colours are those of the style sheet: line-1, line-2 … */
export function chart(title: string, unit: string, lines: readonly Line[]): Html {
  const most = Math.max(...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const label = `${title}: ${lines.map((line) => inWords(line, unit)).join(', ')}`;
  return html`<figure class="chart">
<figcaption>${title} <span class="soft">${most === 0 ? 'none' : `at most ${quantity(most)}${unit}`}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}" preserveAspectRatio="none">
${lines.map(({ values }, index) => html`<path class="line-${index + 1}" d="${pathOf(values, Math.max(most, Number.MIN_VALUE))}"/>`)}
</svg>
${lines.length > 1 && html`<p class="legend">${lines.map(({ name }, index) => html`<span class="key-${index + 1}">${name}</span> `)}</p>`}
</figure>`;
}

function inWords({ name, values }: Line, unit: string): string {
  return `${name} ${quantity(values.at(-1) ?? 0)}${unit} in the last minute`;
}

/** A gap where nothing is known. */
function pathOf(values: Line['values'], most: number): string {
  const step = WIDTH / Math.max(values.length - 1, 1);
  let isDrawing = false;
  let path = '';
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      isDrawing = false;
      continue;
    }
    const x = (index * step).toFixed(1);
    const y = (HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1);
    // A point alone is drawn as a short line.
    path += isDrawing ? `L${x} ${y}` : `M${x} ${y}h-2h2`;
    isDrawing = true;
  }
  return path;
}
