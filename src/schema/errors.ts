import { SessionError } from '../core/errors.js';
import { quoted } from '../core/internal.js';

export function isMisfit(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'invalid-data';
}

export function misfit(key: string, path: string, reason: string): SessionError {
  return new SessionError(
    'invalid-data',
    `${quoted(key)} does not fit the schema of the data: ${reason}. Check the value before you set it.`,
    { path },
  );
}

export function newer(): SessionError {
  return new SessionError(
    'newer-data',
    'A newer version of this program wrote the data, so this server only reads it. Try again: a server of the newer version can change it.',
  );
}
