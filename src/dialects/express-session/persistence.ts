import type { ConnectSession } from '../../bridges/connect/contract.js';
import { type Cookie, reviveCookie } from '../../bridges/connect/cookie.js';
import { textCodec } from '../../codecs/text.js';
import { type Held, isKey, type Persistence, SessionData } from '../../core/internal.js';
import type { SessionRecord } from '../../stores/contract.js';
import type { Found, Records } from './records.js';

/**
 * Sessions as express-session keeps them: under their id, which is the token too, as one object. A
 * native session holds the JSON text of each of its properties. When a session ends is for its
 * cookie and the store to say, not for the core.
 */
export function expressPersistence(records: Records): Persistence {
  const hold = (id: string, { session, version }: Found): Held => ({
    id,
    token: id,
    record: {
      data: toTexts(session),
      createdAt: 1,
      touchedAt: 0,
      expiresAt: Number.POSITIVE_INFINITY,
    },
    version,
  });

  return {
    isShared: true,

    place() {
      throw new Error('The id of a session is made by genid.');
    },

    locate: (id) => ({ id, token: id }),

    async read({ id }) {
      const found = await records.read(id);
      return found && hold(id, found);
    },

    async create({ id, token }, record) {
      const version = await records.create(id, toSession(record));
      return { id, token, record, version };
    },

    async update(held, record) {
      const version = await records.update(held.id, toSession(record), held.version);
      return version === undefined ? undefined : { ...held, record, version };
    },

    async touch(held, _, touchedAt) {
      const session = toSession(held.record);
      const isThere = await records.touch?.(held.id, {
        ...session,
        cookie: touched(session.cookie, touchedAt),
      });
      return isThere === false ? undefined : held;
    },

    retire: ({ id }) => records.destroy(id),
    discard: (id) => records.destroy(id),
  };
}

/** A cookie that lasts its full age from `touchedAt` on, in epoch milliseconds. */
export function touched(cookie: Cookie, touchedAt: number): Cookie {
  if (typeof cookie.originalMaxAge === 'number')
    cookie._expires = new Date(touchedAt + cookie.originalMaxAge);
  return cookie;
}

function toTexts(session: ConnectSession): string {
  const texts = new SessionData(textCodec);
  for (const [key, value] of Object.entries(session)) {
    const text = JSON.stringify(value);
    // Those that are none hide what every object has; express-session does not read them either.
    if (text !== undefined && isKey(key)) texts.set(key, text);
  }
  return texts.encode();
}

function toSession({ data }: SessionRecord): ConnectSession & { cookie: Cookie } {
  const texts = SessionData.decode(data, textCodec);
  const session: Record<string, unknown> = {};
  for (const key of texts.keys()) session[key] = JSON.parse(texts.get(key) as string);
  return { ...session, cookie: reviveCookie(session.cookie as Cookie) };
}
