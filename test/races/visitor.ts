import type { ManualClock } from '../../src/testing/clock.js';
import type { History } from './history.js';
import type { Acknowledgement, Opening } from './judge.js';

/** What one device keeps. */
export interface Device {
  /** The token that it had when the requests began, and its id. */
  firstToken: string;
  firstId: string;
  firstHandle: string;
  token: string;
}

/** The user's devices, and what the explorer notes about all requests. */
export interface Visitor {
  readonly history: History;
  readonly clock: ManualClock;
  readonly acknowledgements: Acknowledgement[];
  readonly openings: Opening[];
  readonly wrong: string[];
  /** Whether faults make commits uncertain, which is a conflict. */
  readonly mayConflict: boolean;
  /** Whether flash ends with the page that shows it. */
  readonly endsWithPage: boolean;
  device(number: number): Device;
  turn(label: string): Promise<void>;
}
