import { fromHandler, type SessionHandler } from '../../bridges/handler.js';
import type { SessionConfig } from '../../config/config.js';
import { extend as extendDrivers } from '../../config/drivers.js';
import { milliseconds } from '../../core/internal.js';
import type { SessionStore } from '../../stores/contract.js';

/** Makes the handler (as in OstroJS) or the Sojourn store of a driver. */
export type DriverCreator = (
  config: SessionConfig,
) => SessionHandler | SessionStore | Promise<SessionHandler> | Promise<SessionStore>;

/**
 * What a session is kept beyond its idle deadline for want of a touch, in milliseconds; see
 * `touchAfter`.
 */
const TOUCHES = 60_000;

/**
 * Registers a driver of your own: `extend('mongo', () => new MongoSessionHandler())`. From then on
 * `driver: 'mongo'` uses it.
 */
export function extend(name: string, creator: DriverCreator): void {
  extendDrivers(name, async (config) => {
    const made = await creator(config);
    if (isStore(made)) return made;
    return fromHandler(made, {
      lifetime: milliseconds(config.idleTimeout ?? '2h', 'idleTimeout') + TOUCHES,
      sessionName: config.cookie,
    });
  });
}

function isStore(made: SessionHandler | SessionStore): made is SessionStore {
  const verbs = Object(made);
  return 'create' in verbs && 'update' in verbs;
}
