import { relative } from 'node:path';
import { cookieDriver, memoryDriver } from '../../config/drivers/local.js';
import { driverOf } from '../../config/drivers.js';
import { optionsWithStore } from '../../config/session-options.js';
import { isSessionError } from '../../core/errors.js';
import { readOptions } from '../../core/options.js';
import { type Finding, ok, problem } from '../../health/finding.js';
import { checkSetUp } from '../../health/set-up.js';
import { cookieSessions } from '../../sealed/cookie-sessions.js';
import { memoryStore } from '../../stores/memory.js';
import type { FoundConfig } from '../command.js';

/** Whether the settings work together, and what they weaken. */
export function checkConfiguration({ config, file }: FoundConfig): Finding[] {
  const source =
    file === undefined
      ? ok('Settings come from flags and the environment.')
      : ok(`${relative('', file)} is read.`);
  const driver = driverOf(config);
  try {
    const store = driver === cookieDriver ? cookieSessions() : memoryStore({ warn: false });
    const { clocks } = readOptions(optionsWithStore(config, store));
    const hasSecret = config.secret !== undefined;
    const isInMemory = driver === memoryDriver;
    return [source, ...checkSetUp({ clocks, hasSecret, isInMemory, cookie: config })];
  } catch (error) {
    if (!isSessionError(error)) throw error;
    return [source, problem('The settings do not work.', error.message)];
  }
}
