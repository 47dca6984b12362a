import type { Codec } from '../../codecs/codec.js';
import { jsonCodec } from '../../codecs/json.js';
import { SessionError } from '../../core/errors.js';
import { quoted } from '../../core/internal.js';

/**
 * JSON as in OstroJS: dates become texts, and values that JSON cannot hold are left out, as are
 * keys that would reach a prototype.
 */
export function jsonText(): Codec {
  const strict = jsonCodec();
  return {
    // The strict codec refuses values that are too deep to be read again.
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
