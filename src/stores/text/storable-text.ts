/*
 * Databases keep neither NUL nor half a surrogate pair in text: they refuse it, cut there, or
 * replace it. Both are written as U+FFFF, a character that no text uses, and four hexadecimal
 * digits; so is U+FFFF itself.
 */
const UNSTORABLE = /[\0\uffff\p{Surrogate}]/gu;
const ESCAPED = /\uffff([0-9a-f]{4})/g;

/** The form of a text that every database keeps as it is. Ordinary text is its own. */
export function toStorable(text: string): string {
  return text.replace(
    UNSTORABLE,
    (character) => `\uffff${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text that {@link toStorable} was given. */
export function fromStorable(column: string): string {
  return column.replace(ESCAPED, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
