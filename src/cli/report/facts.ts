import type { SessionConfig } from '../../config/config.js';
import { cookieDriver, memoryDriver } from '../../config/drivers/local.js';
import { driverOf } from '../../config/drivers.js';
import { optionsWithStore } from '../../config/session-options.js';
import { readOptions } from '../../core/options.js';
import type { AnswerCookie } from '../../http/transport.js';
import { cookieSessions } from '../../sealed/cookie-sessions.js';
import { memoryStore } from '../../stores/memory.js';

/** What the requirements ask of a configuration. Durations are in milliseconds. */
export interface Facts {
  readonly idleTimeout: number;
  readonly lifetime: number;
  /** The session cookie, as a request over https gets it. */
  readonly cookie: AnswerCookie;
  /** Whether a request without https gets a cookie that is not Secure. */
  readonly mayBeInsecure: boolean;
  /** Whether each session is in its cookie, and no server can end it. */
  readonly isSealed: boolean;
  /** Whether the store finds the sessions of a user. */
  readonly findsUsers: boolean;
  readonly isEncrypted: boolean;
  readonly hasSecret: boolean;
  readonly isInMemory: boolean;
}

/** Drivers whose stores have no `byUser`. */
const WITHOUT_USERS = ['cookie', 'memcached'];
const MAX_AGE = 60_000;
const HOST = 'shop.example';

/** @throws `invalid-option` when the configuration does not work. */
export function factsOf(config: SessionConfig): Facts {
  const driver = driverOf(config);
  const isSealed = driver === cookieDriver;
  const place = isSealed ? cookieSessions() : memoryStore({ warn: false });
  const { clocks, transport } = readOptions(optionsWithStore(config, place));
  const request = { header: () => undefined, host: HOST, secure: true, insecureReason: '' };
  const [cookie] = transport.receive(request).send('token', MAX_AGE).cookies;
  if (cookie === undefined) throw new Error('The transport of a configuration is a cookie.');
  return {
    idleTimeout: clocks.idleTimeout,
    lifetime: clocks.lifetime,
    cookie,
    mayBeInsecure: config.secure === false || config.secure === 'auto',
    isSealed,
    findsUsers: !WITHOUT_USERS.includes(driver?.name ?? ''),
    isEncrypted: config.encrypt === true,
    hasSecret: config.secret !== undefined,
    isInMemory: driver === memoryDriver,
  };
}
