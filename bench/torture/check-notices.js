import { nameOf } from './lives.js';

/** @import { Event } from './types.js' */
/** @import { Life } from './lives.js' */
/** @import { Report } from './checker.js' */

/**
 * A flash message waits until a request has shown it, and is not shown again by a request that
 * comes later. @param {Life} life @param {Report} report
 */
export function checkNotices({ handle, changes }, report) {
  const readings = changes.filter(({ operation }) => operation.kind === 'notices');
  for (const flash of changes.filter(({ operation }) => operation.kind === 'flash')) {
    const notice = flash.operation.value ?? '';
    const shown = readings.filter(({ reply }) => reply?.notices?.includes(notice));
    const asking = readings.filter(({ operation }) => operation.asked?.includes(notice));
    for (const reading of asking) {
      const isShown = shown.includes(reading);
      // Where the store fails, a message is shown, and stays.
      const earlier = shown.find(
        (other) => other.reply?.outcome === 'updated' && other.endedAt < reading.startedAt,
      );
      if (isShown && earlier !== undefined)
        report(
          'doubled',
          `${nameOf(reading)} showed ${notice} in ${handle} after ${nameOf(earlier)}`,
        );
      if (isShown || reading.reply === undefined || !isOver(flash, reading)) continue;
      const mayBeShown = asking.some(
        (other) =>
          other !== reading &&
          other.startedAt < reading.endedAt &&
          (other.result === 'unknown' || shown.includes(other)),
      );
      if (!mayBeShown)
        report('lost', `${nameOf(reading)} did not show ${notice} in ${handle}, ${nameOf(flash)}`);
    }
  }
}

/** @param {Event} flash @param {Event} reading */
function isOver(flash, reading) {
  return flash.result === 'ok' && flash.endedAt < reading.startedAt;
}
