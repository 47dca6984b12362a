import { isObject, quoted, valueAt } from '../core/internal.js';
import { type Issue, keysOf } from './standard.js';

/** How many issues a text names, and how much of each message, in characters. */
const MAX_ISSUES = 3;
const MAX_LENGTH = 200;
/** A message as long as this, or about a value of so many parts, is left out. */
const MAX_MESSAGE = 500;
const MAX_PARTS = 10_000;

/**
 * The issues of a key's value in one text, which may be logged: parts of the value in the messages
 * become `…`. Valibot and ArkType quote what they got.
 */
export function reasonOf(issues: readonly Issue[], value: unknown): string {
  const texts = issues.slice(0, MAX_ISSUES).map((issue) => {
    const keys = keysOf(issue);
    const message = withoutValues(issue.message, valueAt(value, keys, 1));
    return keys.length < 2 ? message : `${quoted(keys.join('.'))}: ${message}`;
  });
  const more = issues.length - texts.length;
  return texts.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** A message in which parts of `value` became `…`. */
export function withoutValues(message: string, value: unknown): string {
  const parts = message.length > MAX_MESSAGE ? undefined : partsOf(value, message.length);
  if (parts === undefined) return 'it does not fit';
  let text = message;
  for (const part of parts) text = text.replaceAll(part, '…');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/**
 * The texts and numbers in a value as a message of this length may quote them, longest first;
 * `undefined` when there are too many.
 */
function partsOf(value: unknown, longest: number): (string | RegExp)[] | undefined {
  const parts = new Set<string>();
  const waiting: unknown[] = [value];
  for (const present of waiting) {
    if (waiting.length > MAX_PARTS) return undefined;
    if (isObject(present)) {
      for (const [key, part] of Object.entries(present)) waiting.push(key, part);
    } else if (['string', 'number', 'bigint'].includes(typeof present)) {
      const text = String(present);
      if (text.length <= longest && text !== '') parts.add(JSON.stringify(text)).add(text);
    }
  }
  return [...parts].sort((one, other) => other.length - one.length).map(pattern);
}

/** A short text counts only where it is a word, or the message would lose its own words. */
function pattern(part: string): string | RegExp {
  if (part.length > 3) return part;
  return new RegExp(`(?<!\\w)${part.replace(/[^\w\s]/g, '\\$&')}(?!\\w)`, 'g');
}
