import { createHandle } from '../keys/token.js';
import type { DeviceKey } from './device-key.js';

/** The device that a session is bound to, as the session's record keeps it. Never changed. */
export interface BoundDevice {
  /** The binding's name for the browser. */
  readonly id: string;
  /** In epoch milliseconds. */
  readonly boundAt: number;
  readonly key: DeviceKey;
  /** What the browser may sign, the latest first: two at most, each good for one proof. */
  readonly challenges: readonly string[];
}

const SEPARATOR = ' ';
const CHALLENGE = /^([0-9a-z]{1,10})-[\w-]{22}$/;

export function bindTo(key: DeviceKey, now: number): BoundDevice {
  return { id: createHandle(), boundAt: now, key, challenges: [createChallenge(now)] };
}

/** The device of a record; `undefined` when it has none, or one that cannot be read. */
export function readDevice(text: string | undefined): BoundDevice | undefined {
  const [id, boundAt, algorithm, one, other, ...challenges] = text?.split(SEPARATOR) ?? [];
  if (id === undefined || one === undefined || other === undefined) return undefined;
  if (algorithm !== 'ES256' && algorithm !== 'RS256') return undefined;
  const key: DeviceKey = { algorithm, numbers: [one, other] };
  return { id, boundAt: Number(boundAt), key, challenges };
}

export function writeDevice({ id, boundAt, key, challenges }: BoundDevice): string {
  return [id, boundAt, key.algorithm, ...key.numbers, ...challenges].join(SEPARATOR);
}

/** The device once a challenge is signed; `undefined` when nobody may sign it any more. */
export function withoutChallenge(
  device: BoundDevice,
  signed: string,
  life: number,
  now: number,
): BoundDevice | undefined {
  if (!device.challenges.includes(signed) || ageOf(signed, now) >= life) return undefined;
  const others = device.challenges.filter((challenge) => challenge !== signed);
  return { ...device, challenges: [createChallenge(now), ...others].slice(0, 2) };
}

/**
 * The device with a challenge to give out, first in its list. One that is half over is followed by
 * another, and stays good for a proof under way. So nobody who asks for challenges pushes out the
 * one that the device is about to sign.
 */
export function withFreshChallenge(device: BoundDevice, life: number, now: number): BoundDevice {
  const [latest] = device.challenges;
  if (latest !== undefined && ageOf(latest, now) < life / 2) return device;
  return { ...device, challenges: [createChallenge(now), ...device.challenges].slice(0, 2) };
}

function createChallenge(now: number): string {
  return `${Math.floor(now).toString(36)}-${createHandle()}`;
}

function ageOf(challenge: string, now: number): number {
  const [, time] = CHALLENGE.exec(challenge) ?? [];
  return time === undefined ? Number.POSITIVE_INFINITY : now - Number.parseInt(time, 36);
}
