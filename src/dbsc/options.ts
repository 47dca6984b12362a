import { inspect } from 'node:util';
import { SessionError } from '../core/errors.js';
import { type Duration, milliseconds, refuseUnknown, type Session } from '../core/internal.js';
import type { RequestHeaders } from '../http/request.js';
import type { Secret } from '../keys/secret.js';
import { createStamps, type Stamps } from './stamps.js';

/** What is asked of a request. A web `Request` is one, and so is a request of Node. */
export interface DeviceRequest {
  readonly method?: string | undefined;
  readonly headers: RequestHeaders;
  /** The path with the query, or the whole URL. */
  readonly url?: string | undefined;
  /** The same where a router shortens `url`, as Express does. */
  readonly originalUrl?: string | undefined;
}

/**
 * Who must be bound. `'supported'`: a session from the time on when its browser has registered a
 * device. `'required'`: every session of a user.
 */
export type DevicePolicy = 'supported' | 'required';

/** Options of {@link createDeviceBinding}. */
export interface DeviceBindingOptions<Data extends object> {
  /**
   * Signs the bound cookie and the offers: 32 bytes or more. Of a list the first makes, and all are
   * accepted. `undefined` is refused, so a variable of the environment can be given as it is.
   */
  readonly secret: Secret | (() => Secret) | undefined;
  /** Below it the browser registers and refreshes, by POST. Default `'/dbsc'`. */
  readonly path?: string | undefined;
  /** The name of the bound cookie; it begins with `__Host-`. Default `'__Host-device'`. */
  readonly cookie?: string | undefined;
  /**
   * How long a bound cookie is accepted, so how long a copy of it can be used. The browser keeps it
   * 30 seconds less. From `'3m'` to `'1h'`. Default `'10m'`.
   */
  readonly lifetime?: Duration | undefined;
  /** The policy, or a function that gives it for a request and its session. Default `'supported'`. */
  readonly policy?:
    | DevicePolicy
    | ((request: DeviceRequest, session: Session<Data>) => DevicePolicy)
    | undefined;
  /**
   * The site's own origin, such as `'https://app.example.com'`. Default: https and the `Host` of
   * the request.
   */
  readonly origin?: string | undefined;
  /**
   * Hosts whose links the browser follows only after a refresh (`allowed_refresh_initiators`). A
   * link from elsewhere costs one more page load when the cookie has expired. Default none.
   */
  readonly refreshInitiators?: readonly string[] | undefined;
}

/** The options: checked and complete. */
export interface DeviceSettings<Data extends object> {
  readonly stamps: Stamps;
  readonly registrationPath: string;
  readonly refreshPath: string;
  readonly cookie: string;
  /** In milliseconds. */
  readonly lifetime: number;
  readonly origin: string | undefined;
  readonly refreshInitiators: readonly string[];
  policyOf(request: DeviceRequest, session: Session<Data>): DevicePolicy;
}

const KNOWN = ['secret', 'path', 'cookie', 'lifetime', 'policy', 'origin', 'refreshInitiators'];
/** Browsers refresh about two minutes before the end; below this, with every page. */
const SHORTEST = 3 * 60_000;
const LONGEST = 60 * 60_000;
const PATH = /^(?:\/[\w.~-]+)+$/;
/** Chromium 156 refuses `__Host-Http-` for a bound cookie. */
const COOKIE = /^__Host-(?!Http-)[\w-]+$/;
const HOST = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/;

/** @throws `invalid-option`. */
export function readOptions<Data extends object>(
  options: DeviceBindingOptions<Data>,
): DeviceSettings<Data> {
  refuseUnknown(options, KNOWN, 'createDeviceBinding');
  const { secret, path = '/dbsc', cookie = '__Host-device', lifetime = '10m', origin } = options;
  const { policy = 'supported', refreshInitiators = [] } = options;
  if (!PATH.test(path)) throw wrong('path', path, "Give a path such as '/dbsc'.");
  if (!COOKIE.test(cookie))
    throw wrong(
      'cookie',
      cookie,
      "Begin it with __Host-, and not with __Host-Http-: '__Host-device'.",
    );
  const life = milliseconds(lifetime, 'lifetime');
  if (life < SHORTEST || life > LONGEST)
    throw wrong(
      'lifetime',
      lifetime,
      "Give '3m' to '1h': below, browsers refresh with every page.",
    );
  if (origin !== undefined && !isOrigin(origin))
    throw wrong('origin', origin, "Write it as browsers do: 'https://app.example.com'.");
  if (!['supported', 'required'].includes(String(policy)) && typeof policy !== 'function')
    throw wrong('policy', policy, "It is 'supported', 'required' or a function that gives one.");
  if (!Array.isArray(refreshInitiators) || !refreshInitiators.every((host) => HOST.test(host)))
    throw wrong('refreshInitiators', refreshInitiators, "Give a list of hosts: ['example.com'].");
  return {
    stamps: createStamps(secret),
    registrationPath: `${path}/registration`,
    refreshPath: `${path}/refresh`,
    cookie,
    lifetime: life,
    origin,
    refreshInitiators,
    policyOf: typeof policy === 'function' ? policy : () => policy,
  };
}

function isOrigin(origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin === origin && /^https:/.test(origin);
}

function wrong(name: string, value: unknown, advice: string): SessionError {
  return new SessionError('invalid-option', `${name} is ${inspect(value)}. ${advice}`);
}
