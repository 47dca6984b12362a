import type { Facts } from './record-format.js';

/** What a request finds out beside the data: who proved who they are, a new token for forms. */
export interface Learned extends Pick<Facts, 'provedAt' | 'csrf'> {
  /** What becomes of the text of the device; called again with what others stored meanwhile. */
  readonly device?: DeviceChange | undefined;
}

export type DeviceChange = (present: string | undefined) => string | undefined;

/** Facts with what was learned since. */
export function factsWith(facts: Facts, { device, ...news }: Learned): Facts {
  if (device === undefined) return { ...facts, ...news };
  return { ...facts, ...news, device: device(facts.device) };
}

/** What was learned in two steps. */
export function learnedWith(earlier: Learned | undefined, later: Learned | undefined): Learned {
  const first = earlier?.device;
  const second = later?.device;
  const device: DeviceChange | undefined =
    first && second ? (present) => second(first(present)) : (second ?? first);
  return { ...earlier, ...later, ...(device && { device }) };
}
