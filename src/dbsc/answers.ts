import { hostOf } from '../http/request.js';
import type { HeaderPair } from '../http/transport.js';
import { ATTRIBUTES, boundCookie } from './bound-cookie.js';
import type { BoundDevice } from './bound-device.js';
import type { DeviceRequest, DeviceSettings } from './options.js';
import { challengeHeader, ending, instructions } from './texts.js';

/** A whole answer: `new Response(answer.body, answer)`. */
export interface DeviceAnswer {
  readonly status: number;
  readonly headers: [name: string, value: string][];
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

/** Gives the browser a bound cookie, and what to sign next. */
export function granted<Data extends object>(
  settings: DeviceSettings<Data>,
  request: DeviceRequest,
  device: BoundDevice,
  now: number,
): DeviceAnswer {
  const { cookie: name, refreshPath, refreshInitiators } = settings;
  const { id } = device;
  const body = instructions({
    id,
    refreshPath,
    origin: originOf(settings, request),
    cookie: { name, attributes: ATTRIBUTES },
    refreshInitiators,
  });
  const headers = [boundCookie(settings, device, now), ...challengeOf(device)];
  return answer(200, body, 'application/json', headers);
}

/** Asks for a proof. */
export function challenged(device: BoundDevice): DeviceAnswer {
  return answer(403, 'Sign the challenge.\n', TEXT, challengeOf(device));
}

/** Ends the binding in the browser. */
export function withdrawn(id: string): DeviceAnswer {
  return answer(200, ending(id), 'application/json');
}

/** The browser must not try again with the same: it ends the binding. */
export function refused(status: 400 | 403 | 405 | 409, reason: string): DeviceAnswer {
  return answer(status, `${reason}.\n`, TEXT);
}

/** The browser keeps the binding, and tries again. */
export function unavailable(): DeviceAnswer {
  return answer(503, 'The device cannot be checked now. Try again.\n', TEXT, [
    ['Retry-After', '5'],
  ]);
}

/**
 * Loads the same page again, `after` so many seconds. A browser checks the bound cookie before it
 * loads a page for a page of this site, and not for another site's link.
 */
export function again(after: number): DeviceAnswer {
  const body = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="${after}"><title>One moment</title>\n`;
  return answer(200, body, 'text/html; charset=utf-8', [
    ['Content-Security-Policy', "default-src 'none'"],
  ]);
}

export function originOf<Data extends object>(
  { origin }: DeviceSettings<Data>,
  { headers, url }: DeviceRequest,
): string {
  return origin ?? `https://${hostOf(headers, url)}`;
}

function challengeOf({ id, challenges: [latest] }: BoundDevice): HeaderPair[] {
  return latest === undefined ? [] : [challengeHeader(id, latest)];
}

function answer(
  status: number,
  body: string,
  type: string,
  headers: readonly HeaderPair[] = [],
): DeviceAnswer {
  const own: HeaderPair[] = [
    ['Content-Type', type],
    ['Cache-Control', 'no-store'],
  ];
  return { status, body, headers: [...own, ...headers].map(([name, value]) => [name, value]) };
}
