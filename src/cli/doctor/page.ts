import type { SessionConfig } from '../../config/config.js';
import { cookieOptions } from '../../config/session-options.js';
import { type CookieSettings, readCookieOptions } from '../../http/cookie-options.js';
import { checkClock } from './clock.js';
import { type Finding, ok, problem, warning } from './finding.js';

const TIMEOUT = 10_000;
/** The header Date has whole seconds. */
const DATE_PRECISION = 1000;

/**
 * What a live page of the server answers: its cookie, its clock, and whom it believes about the
 * scheme.
 */
export async function checkPage(url: URL, config: SessionConfig): Promise<Finding[]> {
  const settings = readCookieOptions(cookieOptions(config));
  const askedAt = Date.now();
  const response = await get(url).catch((error: Error) => error);
  if (response instanceof Error) {
    const { message } = response.cause instanceof Error ? response.cause : response;
    return [
      problem(`${url.host} cannot be reached: ${message}`, 'Correct --url, or start the server.'),
    ];
  }
  const here = (askedAt + Date.now()) / 2;
  const findings = [...cookieFindings(response, url, settings, config)];
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) findings.push(checkClock(url.host, date, here, DATE_PRECISION));
  if (url.protocol === 'http:') findings.push(await checkForgedScheme(url, response, settings));
  return findings;
}

async function get(url: URL, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(url, {
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  await response.body?.cancel();
  return response;
}

function cookieFindings(
  response: Response,
  url: URL,
  settings: CookieSettings,
  config: SessionConfig,
): Finding[] {
  const { onSecureRequest, onOtherRequest } = settings;
  const cookie = sessionCookie(response, settings);
  if (cookie === undefined) return [noCookie(response, url, settings, config)];
  const expected = url.protocol === 'https:' ? onSecureRequest : onOtherRequest;
  const missing = attributesOf(expected.ending(url).text).filter(
    (attribute) => !cookie.attributes.includes(attribute),
  );
  const findings: Finding[] = [];
  if (cookie.name !== expected.name) {
    findings.push(
      problem(
        `The cookie is ${cookie.name}, and ${expected.name} is configured.`,
        'Start the server with this configuration, or see whether it knows that the request is https (trustProxy).',
      ),
    );
  } else if (missing.length > 0) {
    findings.push(
      problem(
        `The cookie ${cookie.name} lacks ${missing.join(', ')}.`,
        'Start the server with this configuration, and see whether a proxy rewrites cookies.',
      ),
    );
  } else findings.push(ok(`The cookie ${cookie.name} has the flags of the configuration.`));
  if (!/\bno-store\b/.test(response.headers.get('cache-control') ?? '')) {
    findings.push(
      warning(
        'The answer with the cookie has no Cache-Control: no-store.',
        'A cache could give it to others: see whether a proxy, or the page, takes it away.',
      ),
    );
  }
  return findings;
}

function noCookie(
  response: Response,
  url: URL,
  { secure }: CookieSettings,
  { trustProxy = false }: SessionConfig,
): Finding {
  if (response.status >= 500)
    return problem(
      `${url.href} answers with status ${response.status}.`,
      'See the log of the server.',
    );
  if (url.protocol === 'http:' && secure === true) {
    return warning(
      `${url.href} sets no session cookie, as it should over plain http.`,
      'Give the https address, to see the cookie.',
    );
  }
  const isProxied = trustProxy === false || trustProxy === 0;
  return warning(
    `${url.href} sets no session cookie.`,
    `Give a page that writes to a new session.${isProxied ? ' If it does, and a proxy ends TLS in front of the server, set trustProxy: the server takes the request for plain http.' : ''}`,
  );
}

/** Whether the server takes a plain request for https because the client says so. */
async function checkForgedScheme(
  url: URL,
  plain: Response,
  settings: CookieSettings,
): Promise<Finding> {
  const forged = sessionCookie(await get(url, { 'x-forwarded-proto': 'https' }), settings);
  const isBelieved =
    forged?.attributes.includes('secure') === true &&
    sessionCookie(plain, settings)?.attributes.includes('secure') !== true;
  return isBelieved
    ? warning(
        'The server believed an X-Forwarded-Proto that this command made up.',
        'Let only the proxy reach this port, and let it overwrite the header; or set trustProxy to false when there is none.',
      )
    : ok('An X-Forwarded-Proto that this command made up was not believed.');
}

interface SeenCookie {
  readonly name: string;
  /** In lower case. */
  readonly attributes: readonly string[];
}

function sessionCookie(
  response: Response,
  { onSecureRequest, onOtherRequest }: CookieSettings,
): SeenCookie | undefined {
  const cookies = response.headers.getSetCookie().map((header) => ({
    name: header.split('=')[0]?.trim() ?? '',
    attributes: attributesOf(header),
  }));
  return cookies.find(({ name }) => name === onSecureRequest.name || name === onOtherRequest.name);
}

/** What follows the first `;`, each in lower case. */
function attributesOf(header: string): string[] {
  return header
    .split(';')
    .slice(1)
    .map((attribute) => attribute.trim().toLowerCase());
}
