import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { SessionError } from '../core/errors.js';
import type { Secret, SecretSource } from './secret.js';

const MIN_SECRET_BYTES = 32;
const MIN_DIFFERENT_CHARACTERS = 8;
const ADVICE = 'Make one with `npx sojourn keygen`.';

/** What people paste from manuals, and what says of itself that it should be replaced. */
const PLACEHOLDER =
  /keyboard.?cat|change.?(me|this|it)|(replace|insert).?(me|this|your)|your.{0,12}(secret|password|key)|(32|thirty.?two).{0,3}(char|byte)/i;

/**
 * The secrets of an option. Given as they are, they are checked at once; given as a function, they
 * are asked for at each use, and each text is checked when it is first seen.
 * @throws `invalid-option` as {@link checkSecrets}.
 */
export function secretSource(
  secret: Secret | (() => Secret) | undefined,
  option: string,
): SecretSource {
  if (typeof secret !== 'function') {
    const secrets = checkSecrets(secret, option);
    return () => secrets;
  }
  let known: readonly string[] | undefined;
  return () => {
    const present = ask(secret, option);
    if (known === undefined || !isSameList(known, present))
      known = checkSecrets(present, `${option}()`);
    return known;
  };
}

function ask(secret: () => Secret, option: string): Secret {
  try {
    return secret();
  } catch (cause) {
    throw new SessionError(
      'invalid-option',
      `${option}() threw, so no token can be checked. Return the secret or the list of secrets.`,
      { cause },
    );
  }
}

function isSameList(known: readonly string[], present: Secret): boolean {
  if (!Array.isArray(present)) return known.length === 1 && known[0] === present;
  return (
    known.length === present.length && known.every((secret, index) => secret === present[index])
  );
}

/**
 * What `derive` makes of each present secret, in their order; once for each text.
 * @throws `invalid-option` for an empty list.
 */
export function derivedKeys<Key>(
  secrets: readonly string[] | SecretSource,
  derive: (secret: string) => Key,
): () => readonly [Key, ...Key[]] {
  const source = typeof secrets === 'function' ? secrets : always(atLeastOne(secrets));
  let from: readonly string[] | undefined;
  let byText = new Map<string, Key>();
  let keys: readonly [Key, ...Key[]] | undefined;
  return () => {
    const present = source();
    if (keys === undefined || present !== from) {
      byText = new Map(present.map((text) => [text, byText.get(text) ?? derive(text)]));
      keys = atLeastOne(present.map((text) => byText.get(text) as Key));
      from = present;
    }
    return keys;
  };
}

function always<Value>(value: Value): () => Value {
  return () => value;
}

function atLeastOne<Item>(list: readonly Item[]): readonly [Item, ...Item[]] {
  if (list.length === 0)
    throw new SessionError('invalid-option', 'There is no secret to work with. Give one at least.');
  return list as readonly [Item, ...Item[]];
}

/**
 * The secrets of an option as a list: the first makes, all are accepted.
 * @throws `invalid-option` for what can be guessed: under 32 bytes, repetitive, or a placeholder.
 * The message never holds the secret.
 */
export function checkSecrets(secret: Secret | undefined, option: string): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw invalidSecret(option, 'is an empty list');
  return secrets.map((candidate, index) => {
    const name = Array.isArray(secret) ? `${option}[${index}]` : option;
    if (candidate instanceof Promise)
      throw new SessionError('invalid-option', `${name} is a promise. Wait for its value before.`);
    if (typeof candidate !== 'string')
      throw invalidSecret(name, `is ${candidate === undefined ? 'missing' : 'not a string'}`);
    const weakness = weaknessOf(candidate);
    if (weakness !== undefined) throw invalidSecret(name, weakness);
    return candidate;
  });
}

function weaknessOf(secret: string): string | undefined {
  const size = Buffer.byteLength(secret);
  if (size < MIN_SECRET_BYTES) return `has ${size} bytes and needs at least ${MIN_SECRET_BYTES}`;
  if (/[\ufffd\ud800-\udfff]/u.test(secret))
    return 'was made from bytes that are no text, which lost most of them';
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS || isRepetitive(secret))
    return 'repeats itself';
  if (isPlaceholder(secret)) return 'is a placeholder';
  return undefined;
}

/** Whether a secret is what people paste from manuals, or says of itself that it should be replaced. */
export function isPlaceholder(secret: string): boolean {
  return PLACEHOLDER.test(secret);
}

/** Whether a part of at most half the length, said again and again, makes up the text. */
function isRepetitive(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}

function invalidSecret(name: string, what: string): SessionError {
  return new SessionError('invalid-option', `${name} ${what}. ${ADVICE}`);
}

/**
 * A 256-bit key for one purpose (HKDF-SHA256, RFC 5869): what one purpose leaks says nothing about
 * another's key.
 */
export function deriveKey(secret: string, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
}
