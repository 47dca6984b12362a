import { Writable } from 'node:stream';

/** The part of a stream that is used; a stream of the oldest kind has no `unpipe`. */
export interface Source {
  pipe(destination: NodeJS.WritableStream): unknown;
  unpipe?(destination: object): unknown;
}

/** The part of a response that is used; stand-ins of tests have no events. */
interface Destination {
  on?(event: 'unpipe', listener: (source: Source) => void): unknown;
  off?(event: 'unpipe', listener: (source: Source) => void): unknown;
}

/**
 * Takes streams off the response that they were piped into, and reads each to its end for nothing:
 * a file that stays paused stays open. None is destroyed, since others may read it too.
 */
export function letGo(response: object, sources: readonly Source[]): void {
  const destination = response as Destination;
  // The event comes for those alone that are still piped.
  destination.on?.('unpipe', readToEnd);
  for (const source of sources) source.unpipe?.(response);
  destination.off?.('unpipe', readToEnd);
}

function readToEnd(source: Source): void {
  source.pipe(new Writable({ write: (_chunk, _encoding, done) => done() }));
}
