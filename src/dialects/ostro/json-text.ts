import type { Codec } from '../../codecs/codec.js';
import { jsonCodec } from '../../codecs/json.js';
import { SessionError } from '../../core/errors.js';
import { quoted } from '../../core/internal.js';

/**
 * JSON as OstroJS stores it: dates become text, and what JSON has no word for is left out, as is
 * what would reach a prototype.
 */
export function jsonText(): Codec {
  const strict = jsonCodec();
  return {
    // What is too deep to be read again is refused by the strict one.
    encode: (value, path) => strict.encode(asJson(value, path), path),
    decode: strict.decode,
  };
}

function asJson(value: unknown, path: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value, withoutPrototype) ?? 'null');
  } catch (cause) {
    throw new SessionError(
      'invalid-value',
      `${quoted(path)} cannot be written as JSON. Put plain data.`,
      { cause, path },
    );
  }
}

function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}
