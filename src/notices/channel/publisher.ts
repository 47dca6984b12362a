import type { Notice, Notices } from '../contract.js';
import { createWarning } from './warning.js';

/** Publishes without waiting. The first failure is a warning, and the first one after a success. */
export function publisher(notices: Notices): (notice: Notice) => void {
  const warning = createWarning('Notices cannot be published');
  return (notice) => {
    notices.publish(notice).then(warning.worked, warning.failed);
  };
}
