import { SessionError } from '../../core/errors.js';

/** A value as memcached returns it, with the CAS unique that a conditional write must name. */
export interface MemcachedItem {
  readonly value: string;
  readonly cas: string;
}

/**
 * The four commands that the store needs, over one of the client libraries. A rejection means that
 * the server did not answer, or not with one of the answers that the command has. Nothing is sent
 * twice.
 */
export interface MemcachedItems {
  get(key: string): Promise<MemcachedItem | undefined>;
  /** `false` when there is an item. */
  add(key: string, value: string, exptime: number): Promise<boolean>;
  /** `false`, and the present item stays, when it is gone or its CAS unique is another. */
  replace(key: string, value: string, exptime: number, cas: string): Promise<boolean>;
  /** `false` when it is gone or, with `cas`, its CAS unique is another. */
  delete(key: string, cas?: string): Promise<boolean>;
}

/** The refusal of a value above the server's item size. */
export function tooLarge(value: string): SessionError {
  return new SessionError(
    'too-large',
    `The session takes ${Buffer.byteLength(value)} bytes, more than memcached accepts for one item. Keep less in it, or start the server with a larger -I.`,
  );
}

/**
 * The failure to make sense of an answer: connection and client are out of step, or the server is
 * not memcached.
 */
export function unexpectedReply(command: string, reply: string | number): SessionError {
  return new SessionError(
    'store-failed',
    `memcached answered '${command}' with ${JSON.stringify(reply)}. Check that the server is memcached 1.6 or later, and that nothing else uses this client.`,
  );
}
