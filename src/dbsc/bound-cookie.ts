import type { Session } from '../core/internal.js';
import { parseCookies } from '../http/cookie.js';
import { cookieEnding, expired, lasting } from '../http/cookie-ending.js';
import { headerOf } from '../http/request.js';
import type { HeaderPair } from '../http/transport.js';
import type { BoundDevice } from './bound-device.js';
import type { DeviceRequest, DeviceSettings } from './options.js';
import type { Subject } from './stamps.js';

/** A request may be under way while the browser drops the cookie. In milliseconds. */
const MARGIN = 30_000;
/** Browsers refresh at each request when the cookie's attributes are not those declared. */
const ENDING = cookieEnding({ path: '/', httpOnly: true, secure: true, sameSite: 'lax' });

/** The attributes as the session instructions declare them. */
export const ATTRIBUTES: string = ENDING.text.slice('; '.length);

type Holder = Pick<Session<object>, 'handle'>;

/** Gives the browser the cookie without which the session cannot be used. */
export function boundCookie(
  { stamps, cookie, lifetime }: Pick<DeviceSettings<object>, 'stamps' | 'cookie' | 'lifetime'>,
  session: Holder,
  device: BoundDevice,
  now: number,
): HeaderPair {
  const value = stamps.make(subjectOf(session, device), now + lifetime);
  return ['Set-Cookie', `${cookie}=${value}${lasting(ENDING, lifetime - MARGIN, now).text}`];
}

export function expiredCookie({ cookie }: Pick<DeviceSettings<object>, 'cookie'>): HeaderPair {
  return ['Set-Cookie', `${cookie}=${expired(ENDING).text}`];
}

/** Whether the request has a bound cookie of this session and device. */
export function hasBoundCookie(
  { stamps, cookie }: Pick<DeviceSettings<object>, 'stamps' | 'cookie'>,
  { headers }: DeviceRequest,
  session: Holder,
  device: BoundDevice,
  now: number,
): boolean {
  const values = parseCookies(headerOf(headers, 'cookie') ?? '', cookie);
  return values.some((value) => stamps.isValid(value, subjectOf(session, device), now));
}

function subjectOf({ handle }: Holder, { id }: BoundDevice): Subject {
  return ['cookie', handle, id];
}
