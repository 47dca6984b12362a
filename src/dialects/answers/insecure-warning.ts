import type { NodeRequest } from '../../adapters/node.js';

/**
 * Returns a function that warns once that a secure cookie was not sent over an insecure connection.
 * `trustProxy` tells how to trust a proxy in the framework.
 */
export function insecureWarning(
  trustProxy: string,
): (request: Pick<NodeRequest, 'headers'>) => void {
  let hasWarned = false;
  return ({ headers }) => {
    if (hasWarned) return;
    hasWarned = true;
    const cause =
      headers['x-forwarded-proto'] === undefined
        ? 'it came over plain HTTP'
        : "it came over plain HTTP, and its X-Forwarded-Proto header does not count, or does not say 'https'";
    process.emitWarning(
      `The session cookie is secure and the request is not, so no cookie was sent: ${cause}. ` +
        `Serve https, ${trustProxy} when a proxy in front ends TLS, or leave out secure for development.`,
      { type: 'SessionWarning', code: 'SOJOURN_REFUSED' },
    );
  };
}
