/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What steers a terminal or turns the direction of text is shown as `\u202e`. */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Makes HTML: html`<p>${text}</p>` escapes `text`. Other HTML, and lists of it, go in as they are;
 * `undefined` and `false` are nothing. Write attributes with quotation marks.
 */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(toHtml)));
}

/** A text that a client chose: nothing in it is invisible, or turns the text around it. */
export function visible(text: string): string {
  return text.replace(STEERING, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** At most so many characters of a text. */
export function shortened(text: string, length: number): string {
  const characters = [...text.slice(0, 2 * length)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}

/** An instant as its distance from now: `3m ago`, `in 2h`. The whole instant is in the title. */
export function instant(at: number, now: number): Html {
  const iso = isoOf(at);
  const span = spanOf(Math.abs(at - now));
  const text = at <= now ? `${span} ago` : `in ${span}`;
  return html`<time datetime="${iso}" title="${iso}">${text}</time>`;
}

/** A span in milliseconds, in its largest unit: `59s`, `3m`, `47h`, `30d`. */
export function spanOf(span: number): string {
  if (span < 60_000) return `${Math.floor(span / 1000)}s`;
  if (span < 3_600_000) return `${Math.floor(span / 60_000)}m`;
  if (span < 2 * 86_400_000) return `${Math.floor(span / 3_600_000)}h`;
  return `${Math.floor(span / 86_400_000)}d`;
}

const NUMBERS = new Intl.NumberFormat('en-US');

/** `1,234`. */
export function quantity(count: number): string {
  return NUMBERS.format(count);
}

/** `1 session`, `1,234 sessions`. */
export function plural(count: number, noun: string): string {
  return `${quantity(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A record in a store may say anything. */
function isoOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

function toHtml(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(toHtml).join('');
  if (value === undefined || value === false) return '';
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
