import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Below it, compressing saves too little to be worth its time. */
const MIN_LENGTH = 1024;
/** What is larger is not compressed, so nothing grows beyond it when it is read: 1 MiB. */
const MAX_BYTES = 1_048_576;

/**
 * The text compressed; `undefined` when it is too short or too long. What is compressed always
 * shrinks: no text fills its bytes with chance.
 */
export function deflate(text: string): Buffer | undefined {
  if (text.length < MIN_LENGTH) return undefined;
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length > MAX_BYTES ? undefined : deflateRawSync(bytes);
}

/**
 * The text that {@link deflate} compressed.
 * @throws when `bytes` are not its work.
 */
export function inflate(bytes: Buffer): string {
  return inflateRawSync(bytes, { maxOutputLength: MAX_BYTES }).toString('utf8');
}
