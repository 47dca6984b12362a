/** Text that is HTML already. */
class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/**
 * Makes HTML: html`<p>${text}</p>` escapes `text`. Other HTML, and lists of it, go in as they are;
 * `undefined`, `true` and `false` are nothing.
 * @param {TemplateStringsArray} strings
 * @param {unknown[]} values
 */
export function html(strings, ...values) {
  return new Html(String.raw({ raw: strings }, ...values.map(toHtml)));
}

/**
 * A day and a time of it.
 * @param {number} instant in epoch milliseconds
 */
export function date(instant) {
  return html`<time datetime="${new Date(instant).toISOString()}">${DATE.format(instant)}</time>`;
}

/**
 * A time of day.
 * @param {number} instant in epoch milliseconds
 */
export function clock(instant) {
  return html`<time datetime="${new Date(instant).toISOString()}">${CLOCK.format(instant)}</time>`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * @param {unknown} value
 * @returns {string}
 */
function toHtml(value) {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(toHtml).join('');
  if (value === undefined || typeof value === 'boolean') return '';
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
