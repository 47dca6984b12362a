import type { Codec } from '../../core/codec.js';
import { SessionError } from '../../core/errors.js';
import { jsonCodec } from '../../core/json-codec.js';

/** JSON as OstroJS stores it: dates become text, and what JSON has no word for is left out. */
export function jsonText(): Codec {
  const { decode } = jsonCodec();
  return {
    encode(value, path) {
      try {
        return JSON.stringify(value) ?? 'null';
      } catch (cause) {
        throw new SessionError('invalid-value', `'${path}' cannot be written as JSON. Put plain data.`, { cause, path });
      }
    },
    decode,
  };
}
