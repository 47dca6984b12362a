import { DevalueError, parse, stringify } from 'devalue';
import { SessionError } from '../core/errors.js';
import { quoted } from '../data/path.js';
import type { Codec } from './codec.js';

/**
 * A codec that also keeps `Date`, `Map`, `Set`, `BigInt`, `undefined`, `NaN`, infinities, -0,
 * `RegExp`, `URL`, typed arrays, repeated references and cycles. Functions, symbols and instances
 * of classes are still errors. It needs the package `devalue`, and takes about twice the time of
 * JSON.
 *
 * It reads only text that it wrote itself. When you change the codec, end the sessions that another
 * codec wrote.
 */
export function richCodec(): Codec {
  return {
    encode(value, path) {
      try {
        return stringify(value);
      } catch (cause) {
        throw invalid(path, cause);
      }
    },

    decode(text) {
      try {
        return parse(text);
      } catch (cause) {
        throw damaged(cause);
      }
    },
  };
}

/**
 * A DevalueError does not become the cause: it holds the whole value, which would end up in logs.
 */
function invalid(path: string, cause: unknown): SessionError {
  if (cause instanceof DevalueError) {
    const name = path + dotted(cause.path);
    return new SessionError(
      'invalid-value',
      `${quoted(name)} cannot be stored: ${cause.message}. Store data without behaviour.`,
      {
        path: name,
      },
    );
  }
  return new SessionError(
    'invalid-value',
    `${quoted(path)} cannot be stored, perhaps for being nested too deep. Store flat data.`,
    {
      cause,
      path,
    },
  );
}

function damaged(cause: unknown): SessionError {
  return new SessionError(
    'invalid-record',
    'A stored value is damaged, or was not written by richCodec(). Destroy its session, or read it with the codec that wrote it.',
    { cause },
  );
}

/** devalue's `.items[2]["two words"]` with dots alone. */
function dotted(path: string): string {
  return path.replace(/\[(\d+)\]/g, '.$1').replace(/\["((?:[^"\\]|\\.)*)"\]/g, '.$1');
}
