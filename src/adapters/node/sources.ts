import { Writable } from 'node:stream';

/** The parts of a stream that are used. The oldest streams have no `unpipe`. */
export interface Source {
  pipe(destination: NodeJS.WritableStream): unknown;
  unpipe?(destination: object): unknown;
}

/** The parts of a response that are used. Test doubles have no events. */
interface Destination {
  on?(event: 'unpipe', listener: (source: Source) => void): unknown;
  off?(event: 'unpipe', listener: (source: Source) => void): unknown;
}

/**
 * Unpipes all streams from a response, and reads each to its end without using the data, since a
 * paused file would stay open. No stream is destroyed, since other code may read it too.
 */
export function letGo(response: object, sources: readonly Source[]): void {
  const destination = response as Destination;
  // Only streams that are still piped emit the event.
  destination.on?.('unpipe', readToEnd);
  for (const source of sources) source.unpipe?.(response);
  destination.off?.('unpipe', readToEnd);
}

function readToEnd(source: Source): void {
  source.pipe(new Writable({ write: (_chunk, _encoding, done) => done() }));
}
