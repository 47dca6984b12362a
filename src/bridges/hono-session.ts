import { createDecipheriv, hkdfSync } from 'node:crypto';
import { type Predecessor, predecessor } from '../core/internal.js';
import { type AnyData, parseObject, required, type WhoseSession } from './predecessors/options.js';

/** A storage of @hono/session. */
export interface HonoStorage {
  get(id: string): unknown;
  delete(id: string): unknown;
}

/** Options of {@link fromHonoSession}: those of @hono/session, and whose session it is. */
export interface HonoSessionOptions<Data extends object> extends WhoseSession<Data> {
  /** `secret`, or the environment's `AUTH_SECRET`: a text, or a key of 32 bytes. */
  readonly secret: string | Uint8Array;
  /** What `useSessionStorage` got. Default none: the sessions are in their cookies. */
  readonly storage?: HonoStorage | undefined;
}

/** What is in a cookie beside the data. */
interface Claims {
  readonly sid?: unknown;
  readonly exp?: unknown;
}

const TAG_BYTES = 16;

/**
 * Takes over the sessions of @hono/session: `inherit: [fromHonoSession({ secret })]`, with
 * `storage` when it keeps them in one. Each session leaves the storage when it moves.
 * @throws `invalid-option` when the secret is missing.
 */
export function fromHonoSession<Data extends object = AnyData>(
  options: HonoSessionOptions<Data>,
): Predecessor {
  const { secret, storage, userId } = options;
  required('fromHonoSession', 'secret', secret);
  const key =
    typeof secret === 'string'
      ? new Uint8Array(hkdfSync('sha256', secret, '', 'session jwe cek', 32))
      : secret;
  return predecessor<Data>({
    name: '@hono/session',
    cookie: { name: 'sid' },
    userId,

    verify(value) {
      const payload = decrypt(value, key);
      const { sid, exp, iat, ...own } = (payload ?? {}) as Claims & { readonly iat?: unknown };
      if (typeof sid !== 'string') return undefined;
      const expiresAt = typeof exp === 'number' ? exp * 1000 : undefined;
      if (storage === undefined)
        return { key: sid, read: () => ({ data: own as Data, expiresAt }) };
      return {
        key: sid,
        async read() {
          const data = await storage.get(sid);
          return data ? { data: data as Data, expiresAt } : undefined;
        },
        end: async () => storage.delete(sid),
      };
    },
  });
}

/** What a JWE holds (RFC 7516), encrypted by A256GCM with the key itself (`dir`). */
function decrypt(token: string, key: Uint8Array): object | undefined {
  const [header = '', wrapped, iv = '', text = '', tag = '', more] = token.split('.');
  const tagBytes = Buffer.from(tag, 'base64url');
  if (wrapped !== '' || more !== undefined || tagBytes.length !== TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(header)).setAuthTag(tagBytes);
    return parseObject(decipher.update(text, 'base64url', 'utf8') + decipher.final('utf8'));
  } catch {
    return undefined;
  }
}
