import type { NoticeListener, Notices } from '../contract.js';
import type { Stop } from './relay.js';
import { createWarning } from './warning.js';

/** How long after a refused subscription the next one is tried, in milliseconds. */
const RETRY_AFTER = 5000;

/**
 * Subscribes, and tries again until that succeeds: for listeners that work without notices too.
 * `onBegin` is called once it did: notices from before were not heard. Gives what ends it.
 */
export function keepListening(
  notices: Notices,
  listener: NoticeListener,
  onBegin?: () => void,
): Stop {
  const warning = createWarning('Notices cannot be heard; it is tried again every 5 seconds');
  let isOver = false;
  let stop: Stop | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function begin(): Promise<void> {
    try {
      const begun = await notices.subscribe(listener);
      if (isOver) return await begun();
      stop = begun;
      onBegin?.();
    } catch (error) {
      if (isOver) return;
      warning.failed(error);
      timer = setTimeout(() => void begin(), RETRY_AFTER);
      timer.unref();
    }
  }

  void begin();
  return async () => {
    isOver = true;
    clearTimeout(timer);
    await stop?.();
  };
}
