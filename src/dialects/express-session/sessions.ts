import { TIMEOUT } from '../../bridges/connect/contract.js';
import { textCodec } from '../../codecs/text.js';
import { type Sessions, sessionsOver } from '../../core/internal.js';
import type { Transport } from '../../http/transport.js';
import type { EventedStore } from './options.js';
import { expressPersistence } from './persistence.js';
import { recordsOf } from './records.js';

/** A native session here holds the JSON text of each property of `req.session`. */
export type Texts = Record<string, string>;

const NOTHING = { headers: [], cookies: [] };

/**
 * The cookie is read and written by the middleware; what the native session gets of a request is an
 * id whose signature was right.
 */
const transport: Transport = {
  name: 'id',
  vary: 'Cookie',
  persistent: false,
  receive(request) {
    const id = request.header('id');
    return {
      tokens: id === undefined ? [] : [id],
      exclusive: false,
      refusal: undefined,
      send: () => NOTHING,
      expire: () => NOTHING,
      clearOthers: () => NOTHING,
    };
  },
};

/**
 * Native sessions in a store made for express-session. When they end is for their cookie and the
 * store to say.
 */
export function sessionsIn(store: EventedStore): Sessions<Texts> {
  const never = Number.POSITIVE_INFINITY;
  return sessionsOver<Texts>({
    store: undefined,
    backend: undefined,
    persistence: expressPersistence(recordsOf(store)),
    codec: textCodec,
    clocks: { idleTimeout: never, lifetime: never, touchAfter: never },
    rotateAfter: undefined,
    rotationOverlap: 0,
    deadFor: 0,
    sessionsPerUser: undefined,
    flash: 'read',
    cacheControl: false,
    clearSiteData: [],
    transport,
    trustedProxies: 0,
    clientFacts: false,
    onStoreError: 'fail',
    maxLength: never,
    storeTimeout: TIMEOUT,
    now: () => Date.now(),
  });
}
