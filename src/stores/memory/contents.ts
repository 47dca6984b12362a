import type { SessionRecord } from '../contract.js';

/** The texts of a record. */
export interface Contents {
  readonly data: string;
  readonly userId: string | undefined;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
}

/** The texts as they are kept: only the data where a record has nothing else. */
export function contentsOf({
  data,
  userId,
  ipAddress,
  userAgent,
}: SessionRecord): string | Contents {
  const text = inOnePiece(data);
  if (userId === undefined && ipAddress === undefined && userAgent === undefined) return text;
  return { data: text, userId, ipAddress, userAgent };
}

/**
 * The same text. V8 keeps a concatenated text as its parts, and with them the texts they were cut
 * from, until one of its characters is asked for: half as much memory again for a session.
 */
function inOnePiece(text: string): string {
  return text.charCodeAt(0) >= 0 ? text : '';
}
