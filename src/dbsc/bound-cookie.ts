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

/** Gives the browser the cookie without which the session cannot be used. */
export function boundCookie(
  { stamps, cookie, lifetime }: Pick<DeviceSettings<object>, 'stamps' | 'cookie' | 'lifetime'>,
  device: BoundDevice,
  now: number,
): HeaderPair {
  const value = stamps.make(subjectOf(device), now + lifetime);
  return ['Set-Cookie', `${cookie}=${value}${lasting(ENDING, lifetime - MARGIN, now).text}`];
}

export function expiredCookie({ cookie }: Pick<DeviceSettings<object>, 'cookie'>): HeaderPair {
  return ['Set-Cookie', `${cookie}=${expired(ENDING).text}`];
}

/** Whether the request has a bound cookie for this device. */
export function hasBoundCookie(
  { stamps, cookie }: Pick<DeviceSettings<object>, 'stamps' | 'cookie'>,
  { headers }: DeviceRequest,
  device: BoundDevice,
  now: number,
): boolean {
  const values = parseCookies(headerOf(headers, 'cookie') ?? '', cookie);
  return values.some((value) => stamps.isValid(value, subjectOf(device), now));
}

/** The id is of this session and of this registration alone. */
function subjectOf({ id }: BoundDevice): Subject {
  return ['cookie', id];
}
