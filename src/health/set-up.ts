import type { Clocks } from '../core/expiry.js';
import type { CookieOptions } from '../http/cookie.js';
import { type Finding, warning } from './finding.js';

/** What is checked of the options of sessions. */
export interface SetUp {
  readonly clocks: Pick<Clocks, 'idleTimeout' | 'lifetime'>;
  readonly hasSecret: boolean;
  /** Whether sessions are in the memory of the server's process. */
  readonly isInMemory: boolean;
  readonly cookie: Pick<CookieOptions, 'secure' | 'httpOnly' | 'sameSite'>;
}

/** What the options weaken. */
export function checkSetUp({ clocks, hasSecret, isInMemory, cookie }: SetUp): Finding[] {
  const { secure, httpOnly, sameSite } = cookie;
  const findings: Finding[] = [];
  if (clocks.idleTimeout >= clocks.lifetime) {
    findings.push(
      warning(
        'idleTimeout is as long as lifetime, so no session ends for lack of use.',
        'Make idleTimeout shorter, or lifetime longer.',
      ),
    );
  }
  if (!hasSecret) {
    findings.push(
      warning(
        'There is no secret, so every made-up token costs a look-up in the store.',
        'Set secret, or SOJOURN_SECRET: `npx sojourn keygen` makes one.',
      ),
    );
  }
  if (isInMemory) {
    findings.push(
      warning(
        'Sessions are in the memory of the server: a restart ends them all.',
        'Choose another store for production, such as sqlite.',
      ),
    );
  }
  if (secure === false || secure === 'auto') {
    findings.push(
      warning(
        `secure is ${JSON.stringify(secure)}, so the cookie may travel unencrypted.`,
        'Leave it out in production.',
      ),
    );
  }
  if (httpOnly === false) {
    findings.push(
      warning('httpOnly is false, so any script in a page can steal the session.', 'Leave it out.'),
    );
  }
  if (sameSite === 'none') {
    findings.push(
      warning(
        "sameSite is 'none', so forged requests of other sites carry the cookie.",
        'Check the header Sec-Fetch-Site or Origin of requests that change data.',
      ),
    );
  }
  return findings;
}
