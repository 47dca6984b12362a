import { relative } from 'node:path';
import { cookieDriver, memoryDriver } from '../../config/drivers/local.js';
import { driverOf } from '../../config/drivers.js';
import { optionsWithStore } from '../../config/session-options.js';
import { isSessionError } from '../../core/errors.js';
import { readOptions } from '../../core/options.js';
import { cookieSessions } from '../../sealed/cookie-sessions.js';
import { memoryStore } from '../../stores/memory.js';
import type { FoundConfig } from '../command.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether the settings work together, and what they weaken. */
export function checkConfiguration({ config, file }: FoundConfig): Finding[] {
  const findings = [
    file === undefined
      ? ok('Settings come from flags and the environment.')
      : ok(`${relative('', file)} is read.`),
  ];
  try {
    const store =
      driverOf(config) === cookieDriver ? cookieSessions() : memoryStore({ warn: false });
    const { clocks } = readOptions(optionsWithStore(config, store));
    if (clocks.idleTimeout >= clocks.lifetime) {
      findings.push(
        warning(
          'idleTimeout is as long as lifetime, so no session ends for lack of use.',
          'Make idleTimeout shorter, or lifetime longer.',
        ),
      );
    }
  } catch (error) {
    if (!isSessionError(error)) throw error;
    return [...findings, problem('The settings do not work.', error.message)];
  }
  if (config.secret === undefined) {
    findings.push(
      warning(
        'There is no secret, so every made-up token costs a look-up in the store.',
        'Set SOJOURN_SECRET: `npx sojourn keygen` makes one.',
      ),
    );
  }
  if (driverOf(config) === memoryDriver) {
    findings.push(
      warning(
        'Sessions are in the memory of the server: a restart ends them all.',
        'Choose another driver for production, such as sqlite.',
      ),
    );
  }
  if (config.secure === false || config.secure === 'auto') {
    findings.push(
      warning(
        `secure is ${JSON.stringify(config.secure)}, so the cookie may travel unencrypted.`,
        'Leave it out in production.',
      ),
    );
  }
  if (config.httpOnly === false) {
    findings.push(
      warning('httpOnly is false, so any script in a page can steal the session.', 'Leave it out.'),
    );
  }
  if (config.sameSite === 'none') {
    findings.push(
      warning(
        "sameSite is 'none', so forged requests of other sites carry the cookie.",
        'Check the header Sec-Fetch-Site or Origin of requests that change data.',
      ),
    );
  }
  return findings;
}
