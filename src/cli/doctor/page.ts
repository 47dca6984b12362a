import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { SessionConfig } from '../../config/config.js';
import { cookieOptions } from '../../config/session-options.js';
import { checkClock } from '../../health/clock.js';
import { type Finding, ok, problem, warning } from '../../health/finding.js';
import { type CookieSettings, readCookieOptions } from '../../http/cookie-options.js';
import { messageOf } from '../explain.js';

const TIMEOUT = 10_000;
/** The header Date has whole seconds. */
const DATE_PRECISION = 1000;
/** Takes the cookie without TLS, as browsers do. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;
/** A host that is not this machine (RFC 6761, section 6.4). */
const OTHER_HOST = 'doctor.invalid';

/**
 * What a live page of the server answers: its cookie, its clock, and whom it believes about the
 * scheme.
 */
export async function checkPage(url: URL, config: SessionConfig): Promise<Finding[]> {
  const settings = readCookieOptions(cookieOptions(config));
  const askedAt = Date.now();
  const response = await get(url).catch((error: Error) => error);
  if (response instanceof Error) {
    const reason = messageOf(response.cause ?? response);
    return [
      problem(`${url.host} cannot be reached: ${reason}`, 'Correct --url, or start the server.'),
    ];
  }
  const here = (askedAt + Date.now()) / 2;
  const findings = [...cookieFindings(response, url, settings, config)];
  const date = Date.parse(response.headers.date ?? '');
  if (!Number.isNaN(date)) findings.push(checkClock(url.host, date, here, DATE_PRECISION));
  if (url.protocol === 'http:' && settings.secure !== false)
    findings.push(...(await checkForgedScheme(url, settings)));
  return findings;
}

/** Not by `fetch`, which sends no Host of ours. */
async function get(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const library = url.protocol === 'https:' ? https : http;
  const request = library.get(url, { headers, signal: AbortSignal.timeout(TIMEOUT) });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.on('error', () => undefined).destroy();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    cookies: response.headers['set-cookie'] ?? [],
  };
}

function cookieFindings(
  response: Answer,
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
        `The cookie is named ${cookie.name}, but ${expected.name} is configured.`,
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
  if (!/\bno-store\b/.test(response.headers['cache-control'] ?? '')) {
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
  response: Answer,
  url: URL,
  { secure }: CookieSettings,
  { trustProxy = false }: SessionConfig,
): Finding {
  if (response.status >= 500)
    return problem(
      `${url.href} answers with status ${response.status}.`,
      'See the log of the server.',
    );
  if (url.protocol === 'http:' && secure === true && !LOOPBACK.test(url.hostname)) {
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

/**
 * Whether the server takes a plain request for https because the client says so. It gives itself
 * away by a Secure cookie that it does not send without the header. To this machine it always sends
 * one, so there it is asked as another host. Nothing is said when it does not answer to that.
 */
async function checkForgedScheme(url: URL, settings: CookieSettings): Promise<Finding[]> {
  const headers: Record<string, string> = LOOPBACK.test(url.hostname) ? { host: OTHER_HOST } : {};
  const plain = await get(url, headers);
  const forged = await get(url, { ...headers, 'x-forwarded-proto': 'https' });
  const isSecure = (response: Answer): boolean =>
    sessionCookie(response, settings)?.attributes.includes('secure') === true;
  if (isSecure(forged) && !isSecure(plain)) {
    return [
      warning(
        'The server believed an X-Forwarded-Proto that this command made up.',
        'Let only the proxy reach this port, and let it overwrite the header; or set trustProxy to false when there is none.',
      ),
    ];
  }
  const isAnswered = plain.status < 400 && forged.status < 400;
  return isAnswered ? [ok('An X-Forwarded-Proto that this command made up was not believed.')] : [];
}

/** The head of an answer. */
interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly cookies: readonly string[];
}

interface SeenCookie {
  readonly name: string;
  /** In lower case. */
  readonly attributes: readonly string[];
}

function sessionCookie(
  response: Answer,
  { onSecureRequest, onOtherRequest }: CookieSettings,
): SeenCookie | undefined {
  const cookies = response.cookies.map((header) => ({
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
