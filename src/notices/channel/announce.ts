import type { Sessions } from '../../core/sessions.js';
import type { Notices } from '../contract.js';
import { publisher } from './publisher.js';

/**
 * Tells other processes what happens to the sessions of this one: `ended`, `moved` and `changed`. A
 * notice that cannot be published is lost; the first one is a warning. Returns a function that
 * stops it.
 */
export function announce(sessions: Pick<Sessions, 'on'>, notices: Notices): () => void {
  const publish = publisher(notices);
  const stops = [
    sessions.on('ended', ({ id, handle }) => publish({ kind: 'ended', id, handle })),
    sessions.on('regenerated', ({ from, handle }) => publish({ kind: 'moved', id: from, handle })),
    sessions.on('updated', ({ id, handle }) => publish({ kind: 'changed', id, handle })),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
