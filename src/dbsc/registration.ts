import { DeviceRecord, type Session } from '../core/internal.js';
import { headerOf } from '../http/request.js';
import type { HeaderPair } from '../http/transport.js';
import { type DeviceAnswer, granted, originOf, refused, unavailable } from './answers.js';
import { type BoundDevice, bindTo, readDevice, writeDevice } from './bound-device.js';
import { isSameKey } from './device-key.js';
import type { DeviceRequest, DeviceSettings } from './options.js';
import { readProof } from './proof.js';
import type { Subject } from './stamps.js';
import { RESPONSE, registrationHeader, sentText } from './texts.js';

/** How long an offer can be taken, in milliseconds. Browsers register at once. */
const OFFER_LIFE = 5 * 60_000;

/**
 * The headers that offer the browser to bind the session. Nothing is stored: the challenge says
 * itself which login it is for. None when the session is bound: the browser would register anew.
 */
export function offer<Data extends object>(
  { stamps, registrationPath }: DeviceSettings<Data>,
  session: Session<Data>,
): HeaderPair[] {
  const { now, text } = new DeviceRecord(session);
  if (text !== undefined) return [];
  const challenge = stamps.make(offerTo(session), now + OFFER_LIFE);
  return [registrationHeader(registrationPath, challenge), ['Cache-Control', 'no-store']];
}

/** Binds the session to the device whose key signed the offer, unless another is bound. */
export async function register<Data extends object>(
  settings: DeviceSettings<Data>,
  request: DeviceRequest,
  session: Session<Data>,
): Promise<DeviceAnswer> {
  if (session.outage !== undefined) return unavailable();
  const text = sentText(headerOf(request.headers, RESPONSE));
  if (text === undefined) return refused(400, 'The registration has no proof');
  const proof = readProof(text, undefined);
  if (typeof proof === 'string') return refused(400, `The registration is refused: ${proof}`);
  const { key, challenge, audience } = proof;
  const record = new DeviceRecord(session);
  const { now } = record;
  if (!settings.stamps.isValid(challenge, offerTo(session), now))
    return refused(400, 'The offer is too old, or of another session');
  if (
    audience !== undefined &&
    audience !== originOf(settings, request) + settings.registrationPath
  )
    return refused(400, 'The proof is for another address');

  const fresh = bindTo(key, now);
  let bound: BoundDevice | undefined;
  const outcome = await record.change((present) => {
    bound = present === undefined ? fresh : readDevice(present);
    return present ?? writeDevice(fresh);
  });
  if (outcome === 'gone') return refused(400, 'The session has ended');
  // The browser asks once more when the answer was lost.
  if (bound === undefined || !isSameKey(bound.key, key))
    return refused(409, 'The session is bound to another device');
  return granted(settings, request, bound, now);
}

function offerTo<Data extends object>({ handle, loggedInAt }: Session<Data>): Subject {
  return ['offer', handle, String(loggedInAt)];
}
