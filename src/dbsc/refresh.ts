import { DeviceRecord, type Session } from '../core/internal.js';
import { headerOf } from '../http/request.js';
import {
  challenged,
  type DeviceAnswer,
  granted,
  originOf,
  refused,
  unavailable,
  withdrawn,
} from './answers.js';
import {
  type BoundDevice,
  readDevice,
  withFreshChallenge,
  withoutChallenge,
  writeDevice,
} from './bound-device.js';
import type { DeviceRequest, DeviceSettings } from './options.js';
import { readProof } from './proof.js';
import { RESPONSE, SESSION_ID, sentText } from './texts.js';

/**
 * Gives a new bound cookie for a proof by the session's device. A proof that is wrong ends the
 * binding in the browser that sent it; a challenge that is too old only asks for another.
 */
export async function refresh<Data extends object>(
  settings: DeviceSettings<Data>,
  request: DeviceRequest,
  session: Session<Data>,
): Promise<DeviceAnswer> {
  const id = sentText(headerOf(request.headers, SESSION_ID));
  if (id === undefined) return refused(400, 'The refresh names no binding');
  // A session that this token just left may be the one that another answer leads the browser to.
  if (session.outage !== undefined || session.outcome === 'gone') return unavailable();
  const record = new DeviceRecord(session);
  const bound = readDevice(record.text);
  if (bound?.id !== id) return withdrawn(id);

  const text = headerOf(request.headers, RESPONSE);
  if (text === undefined) return askForProof(settings, record, bound);
  const proof = readProof(sentText(text) ?? '', bound.key);
  if (typeof proof === 'string') return refused(400, `The refresh is refused: ${proof}`);
  const { challenge, audience } = proof;
  if (audience !== undefined && audience !== originOf(settings, request) + settings.refreshPath)
    return refused(400, 'The proof is for another address');

  const { now } = record;
  const { lifetime } = settings;
  if (withoutChallenge(bound, challenge, lifetime, now) === undefined)
    return askForProof(settings, record, bound);
  let left: BoundDevice | undefined;
  const outcome = await record.change((present) => {
    const device = readDevice(present);
    left = device?.id === id ? withoutChallenge(device, challenge, lifetime, now) : undefined;
    return left === undefined ? present : writeDevice(left);
  });
  if (outcome === 'gone') return unavailable();
  // Another request used the challenge first.
  if (left === undefined) return askForProof(settings, record, readDevice(record.text) ?? bound);
  return granted(settings, request, left, now);
}

async function askForProof<Data extends object>(
  { lifetime }: DeviceSettings<Data>,
  record: DeviceRecord<Data>,
  bound: BoundDevice,
): Promise<DeviceAnswer> {
  const { now } = record;
  let asked = withFreshChallenge(bound, lifetime, now);
  if (asked === bound) return challenged(bound);
  const outcome = await record.change((present) => {
    asked = withFreshChallenge(readDevice(present) ?? bound, lifetime, now);
    return writeDevice(asked);
  });
  return outcome === 'gone' ? unavailable() : challenged(asked);
}
