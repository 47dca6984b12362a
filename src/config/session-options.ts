import type { SessionOptions } from '../core/options.js';
import type { CookieOptions } from '../http/cookie.js';
import { cookieSessions } from '../sealed/cookie-sessions.js';
import { checkConfig, environmentConfig, overlay, type SessionConfig } from './config.js';
import { cookieDriver } from './drivers/local.js';
import { driverOf, openStore } from './drivers.js';
import { pruneByLottery } from './lottery.js';

/**
 * Turns a configuration into options for `createSessions`, and opens its store:
 * `createSessions(await sessionOptions(config))`. The variables `SOJOURN_...` of the environment
 * override the configuration. `sessions.close()` closes the store and its client.
 * @throws `invalid-option`, with a message that says what to write or install; the client's error
 * when the server cannot be reached.
 */
export async function sessionOptions(config: SessionConfig = {}): Promise<SessionOptions> {
  checkConfig(config);
  const settled = overlay(config, environmentConfig(process.env));
  const driver = driverOf(settled);
  if (driver === cookieDriver) return optionsWithStore(settled, cookieSessions());
  const { store } = await openStore(settled, { prunes: settled.lottery === undefined });
  const { lottery = driver?.sweepsItself === true ? false : [2, 100] } = settled;
  return optionsWithStore(settled, lottery === false ? store : pruneByLottery(store, lottery));
}

/** The options of a complete configuration, with a store that is already open. */
export function optionsWithStore(
  config: SessionConfig,
  store: NonNullable<SessionOptions['store']>,
): SessionOptions {
  const { secret, encrypt, idleTimeout, lifetime, trustProxy } = config;
  return {
    store,
    secret,
    encrypt,
    idleTimeout,
    lifetime,
    trustProxy,
    cookie: cookieOptions(config),
  };
}

/** The cookie options of a configuration. */
export function cookieOptions(config: SessionConfig): CookieOptions {
  const { cookie, path, domain, secure, httpOnly, sameSite, partitioned, persistent } = config;
  return {
    name: cookie,
    path,
    domain,
    secure,
    httpOnly,
    sameSite,
    partitioned,
    persistent,
  };
}
