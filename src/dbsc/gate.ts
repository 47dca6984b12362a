import { DeviceRecord, type Session } from '../core/internal.js';
import { headerOf } from '../http/request.js';
import { again, type DeviceAnswer, refused, unavailable } from './answers.js';
import { hasBoundCookie } from './bound-cookie.js';
import { readDevice } from './bound-device.js';
import type { DeviceRequest, DeviceSettings } from './options.js';
import { SKIPPED } from './texts.js';

/**
 * How long after a login its registration may be under way, and after a registration requests that
 * left before its answer came. In milliseconds.
 */
const REGISTRATION_TIME = 10_000;

/**
 * Lets a request pass with its session, or answers it. Of a session that is bound to a device a
 * request without the bound cookie gets an empty session instead; the stored one stays.
 */
export function gate<Data extends object>(
  settings: DeviceSettings<Data>,
  request: DeviceRequest,
  session: Session<Data>,
): DeviceAnswer | undefined {
  const record = new DeviceRecord(session);
  const { text, now } = record;
  const { loggedInAt = 0 } = session;
  if (text === undefined)
    return gateOfUnbound(settings, request, session, now - loggedInAt < REGISTRATION_TIME);
  const device = readDevice(text);
  if (device !== undefined && hasBoundCookie(settings, request, device, now)) return undefined;
  if (device !== undefined && now - device.boundAt < REGISTRATION_TIME)
    return gateOfUnbound(settings, request, session, true);
  // The browser would have refreshed the cookie, and could not.
  if (headerOf(request.headers, SKIPPED) !== undefined) return unavailable();
  if (isLinkFromElsewhere(request)) return again(0);
  record.setAside();
  return undefined;
}

function gateOfUnbound<Data extends object>(
  settings: DeviceSettings<Data>,
  request: DeviceRequest,
  session: Session<Data>,
  isUnderWay: boolean,
): DeviceAnswer | undefined {
  if (session.userId === undefined) return undefined;
  if (settings.policyOf(request, session) === 'supported') return undefined;
  if (isUnderWay && isNavigation(request)) return again(1);
  return refused(403, 'This page needs a browser that binds the session to the device');
}

/**
 * A page load that another site began comes without the cookie once it has expired, and the browser
 * refreshes it only afterwards. The page that we answer is of this site, so what it loads next is
 * not from elsewhere: there is no loop.
 */
function isLinkFromElsewhere(request: DeviceRequest): boolean {
  const site = headerOf(request.headers, 'sec-fetch-site');
  return isNavigation(request) && (site === 'cross-site' || site === 'same-site');
}

function isNavigation({ method, headers }: DeviceRequest): boolean {
  return method === 'GET' && headerOf(headers, 'sec-fetch-mode') === 'navigate';
}
